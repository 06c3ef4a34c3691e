"""Reads a form-js schema into frozen values. What is not supported is refused by name, so nothing is silently lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from quancheng.support.feel import public as feel

INPUTS = frozenset(
    {"textfield", "textarea", "number", "select", "radio", "checkbox", "checklist", "datetime", "filepicker"}
)
# Furniture of the form-js editor that has no meaning here: buttons belong to the page, gaps to the design.
IGNORED = frozenset({"button", "spacer", "separator"})
FORMATS = frozenset({"identity-number", "uscc", "mobile", "money", "postcode", "division", "email"})


class BadForm(ValueError):
    """A schema that cannot be used. `where` is the key or id of the component."""

    def __init__(self, message: str, *, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where


@dataclass(frozen=True, slots=True)
class Option:
    """A choice: what is stored and what is read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Text:
    """Words between the fields."""

    id: str
    text: str
    hide: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """Something to fill in. `hide` is a FEEL condition, `options_from` a provider of choices, `parent` a key."""

    key: str
    id: str
    type: str
    label: str
    help: str = ""
    hide: str = ""
    required: bool = False
    format: str = ""
    options: tuple[Option, ...] = ()
    options_from: str = ""
    parent: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    shortest: int = 0
    longest: int | None = None
    pattern: str = ""
    pattern_message: str = ""
    decimals: int | None = None
    subtype: str = "date"
    accept: tuple[str, ...] = ()
    multiple: bool = False
    largest_mb: int | None = None
    editable: bool = False
    readonly: bool = False
    catalogue: str = ""
    basis: str = ""
    autocomplete: str = ""
    suffix: str = ""
    default: Any = None
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together under one legend."""

    id: str
    label: str
    help: str
    hide: str
    items: tuple[Item, ...]


Item = Field | Group | Text


@dataclass(frozen=True, slots=True)
class Page:
    """One question group: what stands on one page. Pages are numbered from 1."""

    number: int
    id: str
    title: str
    help: str
    hide: str
    items: tuple[Item, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields on this page, in order."""
        return tuple(item for item, _hides in walk(self.items) if isinstance(item, Field))


@dataclass(frozen=True, slots=True)
class Schema:
    """A form: its id, its items, and every field by key in the order of the page."""

    id: str
    title: str
    items: tuple[Item, ...]
    fields: Mapping[str, Field]
    source: Mapping[str, Any]

    @property
    def pages(self) -> tuple[Page, ...]:
        """One page for each top-level group; what stands between groups makes pages of its own."""
        found: list[tuple[str, str, str, str, tuple[Item, ...]]] = []
        loose: list[Item] = []

        def close() -> None:
            if loose:
                found.append((loose[0].id, self.title, "", "", tuple(loose)))
                loose.clear()

        for item in self.items:
            if isinstance(item, Group):
                close()
                found.append((item.id, item.label, item.help, item.hide, item.items))
            else:
                loose.append(item)
        close()
        return tuple(Page(number, *parts) for number, parts in enumerate(found, start=1))

    @property
    def catalogue_items(self) -> dict[str, str]:
        """The catalogue item that can prefill each field, by field key."""
        return {key: item.catalogue for key, item in self.fields.items() if item.catalogue}

    @property
    def bases(self) -> dict[str, str]:
        """The law each field rests on, by field key."""
        return {key: item.basis for key, item in self.fields.items() if item.basis}


def walk(items: tuple[Item, ...], hides: tuple[str, ...] = ()) -> Iterator[tuple[Item, tuple[str, ...]]]:
    """Yield every item with the conditions that hide it: its own and those of the groups around it."""
    for item in items:
        own = (*hides, item.hide) if item.hide else hides
        yield item, own
        if isinstance(item, Group):
            yield from walk(item.items, own)


def load(source: str | bytes | Mapping[str, Any]) -> Schema:
    """Read a form-js schema. :raises BadForm: for what is not JSON, unknown types, doubled keys, bad conditions."""
    if isinstance(source, str | bytes):
        try:
            source = json.loads(source)
        except ValueError as error:
            raise BadForm(f"not JSON: {error}") from error
    if not isinstance(source, Mapping):
        raise BadForm("a form is an object with components")
    items = _items(source.get("components") or ())
    fields: dict[str, Field] = {}
    for item, _hides in walk(items):
        if isinstance(item, Field):
            if item.key in fields:
                raise BadForm("this key stands twice", where=item.key)
            fields[item.key] = item
    for item in fields.values():
        _check_parents(item, fields)
    properties = source.get("properties") or {}
    title = str(properties.get("title") or source.get("title") or "")
    return Schema(str(source.get("id") or "form"), title, items, fields, source)


def _check_parents(item: Field, fields: Mapping[str, Field]) -> None:
    """Follow the fields whose choices this one depends on. :raises BadForm: for a missing one, a circle."""
    seen = {item.key}
    above = item.parent
    while above:
        if above not in fields or above in seen:
            raise BadForm(f"the parent {above!r} is not a field above", where=item.key)
        seen.add(above)
        above = fields[above].parent


def _items(components: Any) -> tuple[Item, ...]:
    return tuple(_item(component) for component in components if component.get("type") not in IGNORED)


def _item(component: Mapping[str, Any]) -> Item:
    kind = component.get("type")
    where = str(component.get("key") or component.get("id") or kind)
    hide = _condition((component.get("conditional") or {}).get("hide") or "", where)
    if kind == "group":
        return Group(
            id=str(component.get("id") or where),
            label=str(component.get("label") or ""),
            help=str(component.get("description") or ""),
            hide=hide,
            items=_items(component.get("components") or ()),
        )
    if kind == "text":
        return Text(id=str(component.get("id") or where), text=str(component.get("text") or ""), hide=hide)
    if kind not in INPUTS:
        raise BadForm(f"components of type {kind!r} are not supported", where=where)
    if not component.get("key"):
        raise BadForm("a field needs a key", where=where)
    return _field(component, hide=hide)


def _condition(text: str, where: str) -> str:
    if text:
        try:
            feel.parse(text)
        except feel.FeelSyntaxError as error:
            raise BadForm(f"the condition cannot be read: {error}", where=where) from error
    return text


def _field(component: Mapping[str, Any], *, hide: str) -> Field:
    key, kind = str(component["key"]), str(component["type"])
    validate = component.get("validate") or {}
    properties = component.get("properties") or {}
    form = str(properties.get("format") or "")
    if form and form not in FORMATS:
        raise BadForm(f"there is no format {form!r}", where=key)
    options = tuple(
        Option(str(item["value"]), str(item.get("label", item["value"]))) for item in component.get("values") or ()
    )
    if kind in ("select", "radio", "checklist") and not options and not properties.get("options_from"):
        raise BadForm("a choice needs values or properties.options_from", where=key)
    subtype = str(component.get("subtype") or properties.get("subtype") or "date")
    if subtype not in ("date", "time", "datetime"):
        raise BadForm(f"there is no subtype {subtype!r}", where=key)
    accept = str(component.get("accept") or properties.get("accept") or "")
    appearance = component.get("appearance") or {}
    return Field(
        key=key,
        id=str(component.get("id") or f"F_{key}"),
        type=kind,
        label=str(component.get("label") or component.get("dateLabel") or key),
        help=str(component.get("description") or ""),
        hide=hide,
        required=bool(validate.get("required")),
        format=form,
        options=options,
        options_from=str(properties.get("options_from") or ""),
        parent=str(properties.get("parent") or ""),
        least=_decimal(validate.get("min"), key),
        most=_decimal(validate.get("max"), key),
        shortest=int(validate.get("minLength") or 0),
        longest=int(validate["maxLength"]) if validate.get("maxLength") else None,
        pattern=str(validate.get("pattern") or ""),
        pattern_message=str(properties.get("pattern_message") or ""),
        decimals=int(component["decimalDigits"]) if component.get("decimalDigits") is not None else None,
        subtype=subtype,
        accept=tuple(part.strip().lower() for part in accept.split(",") if part.strip()),
        multiple=_truth(component.get("multiple") or properties.get("multiple")),
        largest_mb=int(properties["largest_mb"]) if properties.get("largest_mb") else None,
        editable=_truth(properties.get("editable")),
        readonly=_truth(component.get("readonly")) or _truth(component.get("disabled")),
        catalogue=str(properties.get("catalogue") or ""),
        basis=str(properties.get("basis") or ""),
        autocomplete=str(properties.get("autocomplete") or ""),
        suffix=str(appearance.get("suffixAdorner") or properties.get("suffix") or ""),
        default=component.get("defaultValue"),
        properties=dict(properties),
    )


def _truth(value: Any) -> bool:
    # Values of form-js properties are texts: "false" would be true.
    return str(value).strip().lower() in {"true", "1", "yes"}


def _decimal(value: Any, where: str) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        return Decimal(str(value))
    except ArithmeticError as error:
        raise BadForm(f"{value!r} is not a number", where=where) from error

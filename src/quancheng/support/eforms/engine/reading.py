"""Reads a form-js schema. What is not supported is refused by name, so nothing is silently lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from quancheng.support.eforms.engine import markup
from quancheng.support.eforms.engine.schema import (
    BadForm,
    Field,
    Group,
    Html,
    Item,
    Line,
    Option,
    Picture,
    Schema,
    Table,
    Text,
    walk,
)
from quancheng.support.feel import public as feel

CHOICES = frozenset({"select", "radio", "checklist", "taglist"})
INPUTS = CHOICES | {
    "textfield", "textarea", "number", "checkbox", "datetime", "filepicker", "signature", "expression", "dynamiclist",
}  # fmt: skip
# Furniture of the form-js editor that has no meaning here: buttons belong to the page, gaps to the design.
IGNORED = frozenset({"button", "spacer"})
TYPES = INPUTS | IGNORED | {"group", "text", "html", "image", "separator", "table", "address"}
"""Every type of component that a form may have."""
FORMATS = frozenset(
    {
        "identity-number", "uscc", "mobile", "money", "postcode", "division", "email", "bank-card", "bank-account",
        "working-day",
    }
)  # fmt: skip
# An address from the register of divisions: each part is chosen below the one before it, the line is typed.
ADDRESS = {
    "province": ("geography.provinces", pgettext_lazy("part of an address", "Province")),
    "city": ("geography.cities", pgettext_lazy("part of an address", "City or prefecture")),
    "district": ("geography.districts", pgettext_lazy("part of an address", "District or county")),
    "street": ("geography.streets", pgettext_lazy("part of an address", "Street or town")),
    "community": ("geography.communities", pgettext_lazy("part of an address", "Community or village")),
}
LINE = pgettext_lazy("part of an address", "Road, number, floor")
LOCAL_PICTURE = re.compile(r"/(?!/)[\w./%-]*|data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+", re.ASCII)
DEEPEST = 20


def load(source: str | bytes | Mapping[str, Any]) -> Schema:
    """Read a form-js schema. :raises BadForm: for what is not JSON, unknown types, doubled keys, bad conditions."""
    if isinstance(source, str | bytes):
        try:
            source = json.loads(source)
        except (ValueError, RecursionError) as error:
            raise BadForm(_("this is no JSON: %(why)s") % {"why": error}) from error
    if not isinstance(source, Mapping):
        raise BadForm(_("a form is an object with components"))
    items = _items(source.get("components") or (), depth=0)
    fields = indexed(items)
    properties = _object(source.get("properties"), "properties")
    title = str(properties.get("title") or source.get("title") or "")
    return Schema(str(source.get("id") or "form"), title, items, fields, source)


def _check_parents(item: Field, fields: Mapping[str, Field]) -> None:
    """Follow the fields whose choices this one depends on. :raises BadForm: for a missing one, a circle."""
    seen = {item.key}
    above = item.parent
    while above:
        if above not in fields or above in seen:
            raise BadForm(_("the parent “%(name)s” is no field above") % {"name": above}, where=item.key)
        seen.add(above)
        above = fields[above].parent


def indexed(items: tuple[Item, ...]) -> dict[str, Field]:
    """Return the fields among items by key. :raises BadForm: for doubled keys, circles of parents or calculations."""
    fields: dict[str, Field] = {}
    ids: set[str] = set()
    for item, _hides in walk(items):
        if isinstance(item, Field):
            if item.key in fields:
                raise BadForm(_("this key stands twice"), where=item.key)
            fields[item.key] = item
        if isinstance(item, Field | Group) and item.id in ids:
            raise BadForm(_("this id stands twice"), where=item.id)
        ids.add(item.id)
    for item in fields.values():
        _check_parents(item, fields)
        _check_calculation(item, fields)
    return fields


def _check_calculation(item: Field, fields: Mapping[str, Field]) -> None:
    """Follow what a calculation is made of. :raises BadForm: when it is made of itself."""
    seen: set[str] = set()
    pending = [item] if item.expression else []
    while pending:
        for name in feel.names(pending.pop().expression):
            if name == item.key:
                raise BadForm(_("this calculation goes round in a circle"), where=item.key)
            if name in fields and name not in seen and fields[name].expression:
                seen.add(name)
                pending.append(fields[name])


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if value in (None, "", [], ()):
        return {}
    if not isinstance(value, Mapping):
        raise BadForm(_("this is not an object"), where=where)
    return value


def _list(value: Any, where: str) -> list[Any]:
    if value in (None, "", ()):
        return []
    if not isinstance(value, list | tuple):
        raise BadForm(_("this is not a list"), where=where)
    return list(value)


def _items(components: Any, *, depth: int) -> tuple[Item, ...]:
    if depth > DEEPEST:
        raise BadForm(_("groups stand more than %(n)s deep in each other") % {"n": DEEPEST})
    listed = [_object(component, "components") for component in _list(components, "components")]
    return tuple(_item(component, depth=depth) for component in listed if component.get("type") not in IGNORED)


def _item(component: Mapping[str, Any], *, depth: int) -> Item:
    kind = component.get("type")
    where = str(component.get("key") or component.get("path") or component.get("id") or kind)
    id_ = str(component.get("id") or where)
    hide = _condition(_object(component.get("conditional"), where).get("hide"), where)
    if kind == "group":
        items = _items(component.get("components"), depth=depth + 1)
        return Group(id_, str(component.get("label") or ""), str(component.get("description") or ""), hide, items)
    if kind == "address":
        return _address(component, hide=hide, where=where)
    if kind in BETWEEN:
        return BETWEEN[kind](component, id_, hide)
    if kind not in INPUTS:
        raise BadForm(_("components of type “%(name)s” are not supported") % {"name": kind}, where=where)
    if kind == "dynamiclist":
        component = {**component, "key": component.get("key") or component.get("path")}
    if not component.get("key"):
        raise BadForm(_("a field needs a key"), where=where)
    return _field(component, hide=hide, depth=depth)


def _text(component: Mapping[str, Any], id_: str, hide: str) -> Item:
    return Text(id=id_, text=str(component.get("text") or ""), hide=hide)


def _html(component: Mapping[str, Any], id_: str, hide: str) -> Item:
    return Html(id=id_, html=markup.harmless(str(component.get("content") or "")), hide=hide)


def _line(_component: Mapping[str, Any], id_: str, hide: str) -> Item:
    return Line(id=id_, hide=hide)


def _picture(component: Mapping[str, Any], id_: str, hide: str) -> Item:
    source = str(component.get("source") or "")
    if not LOCAL_PICTURE.fullmatch(source):
        raise BadForm(_("an image comes from this site: a path, or PNG, JPEG, GIF or WebP as data"), where=id_)
    return Picture(id=id_, source=source, alt=str(component.get("alt") or ""), hide=hide)


def _table(component: Mapping[str, Any], id_: str, hide: str) -> Item:
    columns = [_object(column, id_) for column in _list(component.get("columns"), id_)]
    if not columns:
        raise BadForm(_("a table needs columns"), where=id_)
    found = tuple((str(item.get("key") or ""), str(item.get("label") or item.get("key") or "")) for item in columns)
    source = _condition(component.get("dataSource"), id_)
    if not source:
        raise BadForm(_("a table needs a dataSource"), where=id_)
    return Table(id=id_, label=str(component.get("label") or ""), source=source, columns=found, hide=hide)


BETWEEN: dict[Any, Callable[[Mapping[str, Any], str, str], Item]] = {
    "text": _text,
    "html": _html,
    "separator": _line,
    "image": _picture,
    "table": _table,
}


def _address(component: Mapping[str, Any], *, hide: str, where: str) -> Group:
    """Return an address as a group: a choice for each level, each below the one before it, and a line to type."""
    key = str(component.get("key") or "")
    if not key:
        raise BadForm(_("a field needs a key"), where=where)
    properties = _object(component.get("properties"), where)
    levels = [part.strip() for part in str(properties.get("levels") or "district,street,community").split(",")]
    if unknown := [level for level in levels if level not in ADDRESS]:
        raise BadForm(_("there is no level “%(name)s”") % {"name": unknown[0]}, where=key)
    required = bool(_object(component.get("validate"), where).get("required"))
    shared = {name: properties[name] for name in ("basis", "editable", "asks_again") if properties.get(name)}
    parts: list[Field] = []
    above = ""
    for level in levels:
        provider, name = ADDRESS[level]
        # Communities are not known everywhere: the line says where in the street it is.
        needed = {"required": required and level != "community"}
        part = {"key": f"{key}_{level}", "type": "select", "label": str(name), "validate": needed}
        parts.append(_field({**part, "properties": {**shared, "options_from": provider, "parent": above}}, depth=0))
        above = f"{key}_{level}"
    line = {"key": f"{key}_line", "type": "textfield", "label": str(LINE), "properties": shared}
    parts.append(_field({**line, "validate": {"required": required, "maxLength": 200}}, depth=0))
    label = str(component.get("label") or key)
    joined = tuple(replace(part, part_of=label) for part in parts)
    return Group(str(component.get("id") or f"F_{key}"), label, str(component.get("description") or ""), hide, joined)


def _condition(text: Any, where: str) -> str:
    """Return a FEEL text, "" for none. :raises BadForm: when it cannot be read."""
    if text in (None, "", False):
        return ""
    if not isinstance(text, str):
        raise BadForm(_("a condition is a text"), where=where)
    try:
        feel.parse(text)
    except feel.FeelError as error:
        raise BadForm(_("the condition cannot be read: %(why)s") % {"why": error}, where=where) from error
    return text


def _when(value: Any, where: str) -> tuple[bool, str]:
    """Return a property that is yes or no, or a condition (a text that begins with "=")."""
    if isinstance(value, str) and value.strip().startswith("="):
        return False, _condition(value, where)
    return _truth(value), ""


def _field(component: Mapping[str, Any], *, hide: str = "", depth: int) -> Field:
    key, kind = str(component["key"]), str(component["type"])
    validate = _object(component.get("validate"), key)
    properties = _object(component.get("properties"), key)
    form = str(properties.get("format") or "")
    if form and form not in FORMATS:
        raise BadForm(_("there is no format “%(name)s”") % {"name": form}, where=key)
    options = tuple(_option(item, key) for item in _list(component.get("values"), key))
    if kind in CHOICES and not options and not properties.get("options_from"):
        raise BadForm(_("a choice needs values or properties.options_from"), where=key)
    subtype = str(component.get("subtype") or properties.get("subtype") or "date")
    if subtype not in ("date", "time", "datetime"):
        raise BadForm(_("there is no subtype “%(name)s”") % {"name": subtype}, where=key)
    accept = str(component.get("accept") or properties.get("accept") or "")
    appearance = _object(component.get("appearance"), key)
    required, required_if = _when(validate.get("required"), key)
    readonly, lock_if = _when(component.get("readonly"), key)
    disabled, disable = _when(component.get("disabled"), key)
    expression = _condition(component.get("expression"), key) if kind == "expression" else ""
    if kind == "expression" and not expression:
        raise BadForm(_("a calculated field needs an expression"), where=key)
    return Field(
        key=key,
        id=str(component.get("id") or f"F_{key}"),
        type=kind,
        label=str(component.get("label") or component.get("dateLabel") or component.get("timeLabel") or key),
        help=str(component.get("description") or ""),
        hide=hide,
        required=required,
        format=form,
        options=options,
        options_from=str(properties.get("options_from") or ""),
        parent=str(properties.get("parent") or ""),
        least=_decimal(validate.get("min"), key),
        most=_decimal(validate.get("max"), key),
        shortest=_whole(validate.get("minLength"), key) or 0,
        longest=_whole(validate.get("maxLength"), key),
        pattern=_pattern(validate.get("pattern"), key),
        pattern_message=str(properties.get("pattern_message") or ""),
        decimals=_whole(component.get("decimalDigits"), key),
        subtype=subtype,
        accept=tuple(part.strip().lower() for part in accept.split(",") if part.strip()),
        multiple=_truth(component.get("multiple") or properties.get("multiple")),
        largest_mb=_whole(properties.get("largest_mb"), key),
        editable=_truth(properties.get("editable")),
        readonly=readonly or disabled,
        catalogue=str(properties.get("catalogue") or ""),
        basis=str(properties.get("basis") or ""),
        autocomplete=str(properties.get("autocomplete") or ""),
        suffix=str(appearance.get("suffixAdorner") or properties.get("suffix") or ""),
        default=component.get("defaultValue"),
        required_if=required_if,
        disable=disable,
        lock_if=lock_if,
        expression=expression,
        items=_rows(component, key, depth=depth) if kind == "dynamiclist" else (),
        fewest=_whole(properties.get("fewest"), key) or 0,
        most_rows=_whole(properties.get("most"), key),
        most_files=_whole(properties.get("most_files"), key),
        no_past=_truth(component.get("disallowPassedDates")),
        properties=dict(properties),
    )


def _rows(component: Mapping[str, Any], key: str, *, depth: int) -> tuple[Item, ...]:
    """Return the items of one row. :raises BadForm: for what a row cannot hold."""
    items = _items(component.get("components"), depth=depth + 1)
    fields = indexed(items)
    if not fields:
        raise BadForm(_("a repeating group needs fields"), where=key)
    for field in fields.values():
        if field.type in ("dynamiclist", "filepicker", "signature"):
            raise BadForm(
                _("a repeating group cannot hold components of type “%(name)s”") % {"name": field.type}, where=field.key
            )
    return items


def _option(item: Any, where: str) -> Option:
    item = _object(item, where)
    if "value" not in item:
        raise BadForm(_("a choice needs a value"), where=where)
    return Option(str(item["value"]), str(item.get("label") or item["value"]))


def _truth(value: Any) -> bool:
    # Values of form-js properties are texts: "false" would be true.
    return str(value).strip().lower() in {"true", "1", "yes"}


def _decimal(value: Any, where: str) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError as error:
        raise BadForm(_("“%(value)s” is not a number") % {"value": value}, where=where) from error
    if not number.is_finite():
        raise BadForm(_("“%(value)s” is not a number") % {"value": value}, where=where)
    return number


def _whole(value: Any, where: str) -> int | None:
    number = _decimal(value, where)
    if number is not None and (number != number.to_integral_value() or not 0 <= number < 1_000_000):
        raise BadForm(_("“%(value)s” is not a whole number") % {"value": value}, where=where)
    return None if number is None else int(number)


def _pattern(value: Any, where: str) -> str:
    try:
        re.compile(str(value or ""))
    except re.error as error:
        raise BadForm(_("the pattern cannot be read: %(why)s") % {"why": error}, where=where) from error
    return str(value or "")

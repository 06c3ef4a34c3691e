"""A bound form as accessible HTML, and filled-in values as a read view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.template.loader import render_to_string
from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quancheng.support.eforms import rules
from quancheng.support.eforms.engine import formats
from quancheng.support.eforms.engine.binding import REFRESH, Bound, Form
from quancheng.support.eforms.engine.schema import Field, Group, Item, Page, Text, walk
from quancheng.support.feel import public as feel

MASKED = frozenset({"identity-number", "mobile"})
# https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill
AUTOCOMPLETE = {"mobile": "tel-national", "postcode": "postal-code", "email": "email", "identity-number": "off"}
AUTOCOMPLETE_OF_ITEM = {"population.person.name": "name", "entities.entity.name": "organization"}
INPUTMODE = {"mobile": "numeric", "postcode": "numeric", "money": "decimal", "division": "numeric"}
# Room for the spaces and hyphens that people paste along with a number; they are taken out before it is checked.
LENGTHS = {"identity-number": 24, "uscc": 24, "mobile": 16, "postcode": 8}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the read view. `value` is what people read; masked where it identifies a person."""

    key: str
    label: str
    value: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one page, under its title."""

    page: int
    id: str
    title: str
    rows: tuple[Row, ...]


def render(bound: Bound, *, page: int | None = None) -> SafeString:
    """Return the fields as HTML with the error summary on top, without <form>, token and buttons of the page.

    `page` shows one page only; None shows what the form was bound for. Load `eforms/form.js` on the page for conditions
    and dependent choices without a reload; without it a button brings the form up to date.
    """
    number = page if page is not None else bound.page
    pages = [item for item in bound.form.pages if number in (None, item.number)]
    items = [_shown(item, bound) for item in _items(pages, whole=number is None)]
    shown = {item.key for entry in pages for item in entry.fields}
    errors = [(bound.form.fields[key], text) for key, text in bound.errors.items() if key in shown]
    return render_to_string(
        "eforms/form.html",
        {
            "items": items,
            "errors": [{"id": _focus(field, bound), "text": _named(field, text)} for field, text in errors],
            "refreshable": bool(_mentioned(pages) & shown),
            "refresh": REFRESH,
        },
    )


def _items(pages: list[Page], *, whole: bool) -> list[Item]:
    """Return what to show: a single page has its title in the page's heading, a whole form shows groups as groups."""
    if not whole:
        return [item for page in pages for item in page.items]
    return [
        item
        for page in pages
        for item in ([Group(page.id, page.title, page.help, page.hide, page.items)] if page.title else page.items)
    ]


def _mentioned(pages: list[Page]) -> set[str]:
    """Return the keys that conditions and dependent choices on these pages look at."""
    found: set[str] = set()
    for page in pages:
        for item, hides in walk(page.items):
            found.update(*(feel.names(hide) for hide in hides))
            if isinstance(item, Field) and item.parent:
                found.add(item.parent)
    return found


def _focus(field: Field, bound: Bound) -> str:
    """Return the id of the control that an error links to: the first choice of a group, else the control itself."""
    options = bound.options(field)
    return f"{field.id}-1" if field.type in ("radio", "checklist") and options else field.id


def _named(field: Field, error: str) -> str:
    """Return an error that says which field it is about, for the summary, where no label stands beside it."""
    if field.label in error:
        return error
    return pgettext("field and what is wrong with it", "%(label)s: %(error)s") % {"label": field.label, "error": error}


def _shown(item: Item, bound: Bound) -> dict[str, Any]:
    hidden = bound.is_hidden(item)
    if isinstance(item, Text):
        paragraphs = [part.strip().lstrip("#").strip() for part in item.text.split("\n\n") if part.strip()]
        return {"kind": "text", "id": item.id, "hidden": hidden, "paragraphs": paragraphs}
    if isinstance(item, Group):
        return {
            "kind": "group",
            "id": item.id,
            "hidden": hidden,
            "label": item.label,
            "help": item.help,
            "items": [_shown(inner, bound) for inner in item.items],
        }
    return _field(item, bound) | {"hidden": hidden}


def _field(field: Field, bound: Bound) -> dict[str, Any]:
    error = bound.errors.get(field.key, "")
    locked, source = bound.locked(field), bound.sources.get(field.key, "")
    options = bound.options(field)
    value = bound.values.get(field.key)
    # Nobody here provides the choices: a text field takes their place, the receiving zone checks.
    control = "input" if options is None else _CONTROLS.get(field.type, "input")
    described = " ".join(
        f"{field.id}-{part}"
        for part, there in (("help", field.help), ("source", source), ("files", _files(value)), ("error", error))
        if there
    )
    chosen = {str(item) for item in value} if isinstance(value, list | tuple) else {_text(value)}
    return {
        "kind": "field",
        "control": control,
        "field": field,
        "id": field.id,
        "error": error,
        "source": source,
        "locked": locked,
        "value": _text(value),
        "checked": not formats.is_empty(value) and _text(value) != "false",
        "described": described,
        "mandatory": field.required,
        "files": _files(value),
        "options": [
            {"id": f"{field.id}-{n}", "value": item.value, "label": item.label, "chosen": item.value in chosen}
            for n, item in enumerate(options or (), start=1)
        ],
        "waiting": bool(field.parent) and options == (),
        "parent": bound.form.fields[field.parent].label if field.parent else "",
        "input_type": _input_type(field) if control == "input" else "",
        "inputmode": INPUTMODE.get(field.format) or ("decimal" if field.type == "number" else ""),
        "autocomplete": field.autocomplete
        or AUTOCOMPLETE.get(field.format)
        or AUTOCOMPLETE_OF_ITEM.get(field.catalogue, ""),
        "maxlength": "" if field.type == "number" else LENGTHS.get(field.format) or field.longest or "",
        "least": field.least if field.least is not None else "",
        "most": field.most if field.most is not None else "",
    }


_CONTROLS = {
    "textarea": "textarea",
    "select": "select",
    "radio": "radio",
    "checklist": "checklist",
    "checkbox": "checkbox",
    "filepicker": "files",
}


def _input_type(field: Field) -> str:
    if field.type == "datetime":
        return {"date": "date", "time": "time", "datetime": "datetime-local"}[field.subtype]
    return {"mobile": "tel", "email": "email"}.get(field.format, "text")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _files(value: Any) -> list[str]:
    """Return the names of files that were kept before."""
    return [str(item["name"]) for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def sections(
    form: Form, values: Mapping[str, Any], *, context: Mapping[str, Any] | None = None, reveal: bool = False
) -> tuple[Section, ...]:
    """Return what was filled in, page by page, in words. Identity and mobile numbers are masked unless `reveal`."""
    bound = form.bind(None, initial=values, context=context)
    found = []
    for page in bound.visible_pages:
        rows = tuple(
            Row(field.key, field.label, _read(field, bound, reveal=reveal), field.basis)
            for field in page.fields
            if not bound.is_hidden(field)
        )
        if rows:
            found.append(Section(page.number, page.id, page.title, rows))
    return tuple(found)


def _read(field: Field, bound: Bound, *, reveal: bool) -> str:
    value = bound.values.get(field.key)
    if field.type == "checkbox":
        return _("Yes") if not formats.is_empty(value) and _text(value) != "false" else _("No")
    if formats.is_empty(value):
        return _("Not filled in")
    if field.type == "filepicker":
        return pgettext("between items of a list", ", ").join(_files(value)) or _("Not filled in")
    if field.type in ("select", "radio", "checklist"):
        labels = {item.value: item.label for item in bound.options(field) or ()}
        chosen = value if isinstance(value, list | tuple) else [value]
        return pgettext("between items of a list", ", ").join(labels.get(str(item), str(item)) for item in chosen)
    try:
        checked = formats.clean(field, value, None)
    except formats.Wrong:
        checked = value
    return _in_words(field, checked, reveal=reveal)


def _in_words(field: Field, value: Any, *, reveal: bool) -> str:
    if isinstance(value, datetime):
        return date_format(value, "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if field.format in MASKED and not reveal:
        return rules.masked(str(value))
    if field.format == "money":
        return f"¥{number_format(value, decimal_pos=2, force_grouping=True)}"
    return f"{value} {field.suffix}".strip()


def as_summary(
    form: Form,
    values: Mapping[str, Any],
    *,
    context: Mapping[str, Any] | None = None,
    reveal: bool = False,
    change: Mapping[int, str] | None = None,
    law: bool = False,
) -> SafeString:
    """Return the read view. `change` maps page numbers to the addresses for changing them; `law` shows each basis."""
    found = sections(form, values, context=context, reveal=reveal)
    shown = [{"section": item, "change": (change or {}).get(item.page, "")} for item in found]
    return render_to_string("eforms/summary.html", {"sections": shown, "law": law})

"""A bound form as accessible HTML."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from quancheng.support.eforms.engine import formats, pictures, rows, summary
from quancheng.support.eforms.engine.binding import REFRESH, Bound
from quancheng.support.eforms.engine.schema import Field, Group, Html, Item, Line, Page, Picture, Table, Text, walk
from quancheng.support.feel import public as feel

# https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill
AUTOCOMPLETE = {"mobile": "tel-national", "postcode": "postal-code", "email": "email", "identity-number": "off"}
AUTOCOMPLETE_OF_ITEM = {"population.person.name": "name", "entities.entity.name": "organization"}
NUMERIC = ("mobile", "postcode", "division", "bank-card", "bank-account")
INPUTMODE = {**dict.fromkeys(NUMERIC, "numeric"), "money": "decimal"}
# Room for the spaces and hyphens that people paste along with a number; they are taken out before it is checked.
LENGTHS = {"identity-number": 24, "uscc": 24, "mobile": 16, "postcode": 8, "bank-card": 26, "bank-account": 42}
GROUPED = frozenset({"radio", "checklist", "taglist"})
_CONTROLS = {
    "textarea": "textarea",
    "select": "select",
    "radio": "radio",
    "checklist": "checklist",
    "taglist": "checklist",
    "checkbox": "checkbox",
    "filepicker": "files",
    "signature": "signature",
    "expression": "output",
}


def render(bound: Bound, *, page: int | None = None) -> SafeString:
    """Return the fields as HTML with the error summary on top, without <form>, token and buttons of the page.

    `page` shows one page only; None shows what the form was bound for. Load `eforms/form.js` on the page for conditions
    and dependent choices without a reload; without it a button brings the form up to date.
    """
    number = page if page is not None else bound.page
    pages = [item for item in bound.form.pages if number in (None, item.number)]
    items = [_shown(item, bound) for item in _items(pages, whole=number is None)]
    return render_to_string(
        "eforms/form.html",
        {
            "items": items,
            "errors": list(_listed_errors(pages, bound)),
            "refreshable": _is_refreshable(pages),
            "refresh": REFRESH,
            "change": rows.CHANGE,
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


def _listed_errors(pages: list[Page], bound: Bound) -> Iterable[dict[str, str]]:
    """Yield each error with the id of the control it links to; those inside a row one by one."""
    for field in (field for page in pages for field in page.fields if field.key in bound.errors):
        inner = [
            {"id": _focus(found, row, place(field, number)), "text": summary.of_row(number, formats.named(found, text))}
            for number, row in enumerate(bound.rows(field))
            if not row.is_blank
            for found, text in ((row.form.fields[key], text) for key, text in row.errors.items())
        ]
        error = formats.named(field, bound.errors[field.key])
        yield from inner or [{"id": _focus(field, bound, ""), "text": error}]


def place(field: Field, number: int) -> str:
    """Return what stands before the ids inside a row (counted from 0) of a repeating group."""
    return f"{field.id}-{number + 1}-"


def _is_refreshable(pages: list[Page]) -> bool:
    """Test whether something on these pages depends on an answer that is asked on them."""
    items = [item for page in pages for item in _deep(page.items)]
    asked = {item.key for item, _hides in items if isinstance(item, Field)}
    return bool({name for item, hides in items for name in _mentioned(item, hides)} & asked)


def _deep(items: tuple[Item, ...]) -> Iterable[tuple[Item, tuple[str, ...]]]:
    for item, hides in walk(items):
        yield item, hides
        if isinstance(item, Field):
            yield from _deep(item.items)


def _mentioned(item: Item, hides: tuple[str, ...]) -> set[str]:
    """Return the keys that the conditions, calculations and choices of an item look at."""
    texts = list(hides)
    found = set()
    if isinstance(item, Table):
        texts.append(item.source)
    if isinstance(item, Field):
        texts += [item.required_if, item.disable, item.lock_if, item.expression]
        found = {item.parent} - {""}
    return found.union(*(feel.names(text) for text in texts if text))


def _focus(field: Field, bound: Bound, before: str) -> str:
    """Return the id of the control that an error links to: the first choice of a group, else the control itself."""
    if field.type == "dynamiclist":
        return f"{field.id}-add"
    options = bound.options(field)
    return f"{before}{field.id}-1" if field.type in GROUPED and options else f"{before}{field.id}"


def _shown(item: Item, bound: Bound, before: str = "", name: str = "") -> dict[str, Any]:
    base = {"id": f"{before}{item.id}", "hidden": bound.is_hidden(item)}
    if isinstance(item, Group):
        inner = [_shown(found, bound, before, name) for found in item.items]
        return {**base, "kind": "group", "label": item.label, "help": item.help, "items": inner}
    if not isinstance(item, Field):
        return {**base, **_between(item, bound)}
    return {**base, **(_repeated(item, bound) if item.type == "dynamiclist" else _field(item, bound, before, name))}


def _between(item: Text | Html | Picture | Line | Table, bound: Bound) -> dict[str, Any]:
    if isinstance(item, Text):
        paragraphs = [part.strip().lstrip("#").strip() for part in item.text.split("\n\n") if part.strip()]
        return {"kind": "text", "paragraphs": paragraphs}
    if isinstance(item, Html):
        # `markup.harmless` has taken out everything but words, lists and links.
        return {"kind": "html", "html": mark_safe(item.html)}  # noqa: S308
    if isinstance(item, Picture):
        return {"kind": "image", "source": item.source, "alt": item.alt}
    if isinstance(item, Table):
        cells = [[summary.cell(value) for value in row] for row in bound.table(item)]
        headings = [heading for _key, heading in item.columns]
        lines = [list(zip(headings, row, strict=True)) for row in cells]
        return {"kind": "table", "label": item.label, "headings": headings, "rows": lines}
    return {"kind": "line"}


def _repeated(field: Field, bound: Bound) -> dict[str, Any]:
    found = bound.rows(field)
    error = bound.errors.get(field.key, "")
    parts = (("help", field.help), ("error", error))
    return {
        "kind": "rows",
        "field": field,
        "error": error if not any(row.errors for row in found if not row.is_blank) else "",
        "described": " ".join(f"{field.id}-{part}" for part, there in parts if there),
        "mandatory": bound.is_required(field) or bool(field.fewest),
        "count": len(found),
        "full": field.readonly or len(found) >= rows.most(field),
        "rows": [
            {
                "number": number + 1,
                "id": f"{field.id}-{number + 1}",
                "items": [
                    _shown(item, row, place(field, number), f"{field.key}.{number}.") for item in row.form.schema.items
                ],
                "remove": "" if bound.is_firm(field, number) else f"{field.key}:remove:{number}",
            }
            for number, row in enumerate(found)
        ],
        "add": f"{field.key}:add:{len(found)}",
    }


def _field(field: Field, bound: Bound, before: str, name: str) -> dict[str, Any]:
    error = bound.errors.get(field.key, "")
    locked, source = bound.locked(field), bound.sources.get(field.key, "")
    options = bound.options(field)
    value = bound.values.get(field.key)
    id_ = f"{before}{field.id}"
    # Nobody here provides the choices: a text field takes their place, the receiving zone checks.
    control = "input" if options is None else _CONTROLS.get(field.type, "input")
    parts = (("help", field.help), ("source", source), ("files", summary.file_names(value)), ("error", error))
    chosen = {str(item) for item in value} if isinstance(value, list | tuple) else {_text(value)}
    drawn = field.type == "signature" and not error and _text(value).startswith(pictures.DRAWN)
    return {
        "kind": "field",
        "control": control,
        "field": field,
        "name": f"{name}{field.key}",
        "error": error,
        "source": source,
        "locked": locked,
        "off": bound.is_disabled(field),
        "value": "" if drawn or _text(value).startswith("data:") else _text(value),
        "drawn": _text(value) if drawn else "",
        "words": summary.read(field, bound, reveal=True) if control == "output" else "",
        "silent": control == "output" and field.label == field.key,
        "checked": not formats.is_empty(value) and _text(value) != "false",
        "described": " ".join(f"{id_}-{part}" for part, there in parts if there),
        "mandatory": bound.is_required(field),
        "files": summary.file_names(value),
        "options": [
            {"id": f"{id_}-{n}", "value": item.value, "label": item.label, "chosen": item.value in chosen}
            for n, item in enumerate(options or (), start=1)
        ],
        "parent": f"{name}{field.parent}" if field.parent else "",
        "parent_label": bound.form.fields[field.parent].label if field.parent else "",
        "waiting": bool(field.parent) and options == (),
        "input_type": _input_type(field) if control == "input" else "",
        "inputmode": INPUTMODE.get(field.format) or ("decimal" if field.type == "number" else ""),
        "autocomplete": field.autocomplete
        or AUTOCOMPLETE.get(field.format)
        or AUTOCOMPLETE_OF_ITEM.get(field.catalogue, ""),
        "maxlength": "" if field.type == "number" else LENGTHS.get(field.format) or field.longest or "",
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
    return value.isoformat() if isinstance(value, date | time) else formats.storable(str(value))

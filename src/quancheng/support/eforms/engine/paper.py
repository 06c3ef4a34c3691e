"""A form for paper, A4: empty with room to write, or filled in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from quancheng.support.eforms import rules
from quancheng.support.eforms.engine import formats, pictures, summary
from quancheng.support.eforms.engine.binding import Bound, Form
from quancheng.support.eforms.engine.schema import Field, Group, Html, Item, Text

EMPTY_ROWS = 3
TICKED, OPEN = "☑", "☐"
TALL = frozenset({"textarea", "signature", "filepicker"})
CHOICES = frozenset({"select", "radio", "checklist", "taglist", "checkbox"})


def as_paper(
    form: Form,
    values: Mapping[str, Any] | None = None,
    *,
    context: Mapping[str, Any] | None = None,
    title: str = "",
) -> SafeString:
    """Return the form as it is printed.

    Without `values` it is empty: everything is on it, what holds only for some says so. With values only what concerns
    this person is, amounts also in capital numerals.
    """
    bound = form.bind(None, initial=values or {}, context=context)
    is_empty = values is None
    pages = [page for page in form.pages if is_empty or not bound.is_hidden(page)]
    parts = [
        {
            "title": page.title,
            "note": _note(page.hide, is_empty=is_empty),
            "lines": list(_lines(page.items, bound, is_empty=is_empty)),
        }
        for page in pages
    ]
    return render_to_string(
        "eforms/paper.html", {"title": title or form.title, "parts": [part for part in parts if part["lines"]]}
    )


def _note(hide: str, *, is_empty: bool) -> str:
    return _("only where it applies") if hide and is_empty else ""


def _lines(items: tuple[Item, ...], bound: Bound, *, is_empty: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for item in items:
        if not is_empty and bound.is_hidden(item):
            continue
        if isinstance(item, Text):
            found.append({"kind": "words", "words": item.text})
        elif isinstance(item, Html):
            found.append({"kind": "html", "html": mark_safe(item.html)})  # noqa: S308  (markup.harmless)
        elif isinstance(item, Group):
            found += _lines(item.items, bound, is_empty=is_empty)
        elif isinstance(item, Field) and not (item.type == "expression" and item.label == item.key):
            found.append(_line(item, bound, is_empty=is_empty))
    return found


def _line(field: Field, bound: Bound, *, is_empty: bool) -> dict[str, Any]:
    label = f"{field.part_of} · {field.label}" if field.part_of else field.label
    base = {
        "label": label,
        "help": field.help if is_empty else "",
        "mandatory": field.required,
        "note": _note(field.hide or field.required_if or field.disable, is_empty=is_empty),
        "tall": field.type in TALL,
    }
    if field.type == "dynamiclist":
        return {**base, **_table(field, bound, is_empty=is_empty)}
    value = bound.values.get(field.key)
    if field.type == "signature" and str(value or "").startswith(pictures.DRAWN):
        return {**base, "kind": "picture", "picture": value}
    if field.type in CHOICES and (boxes := _boxes(field, bound)):
        return {**base, "kind": "boxes", "boxes": boxes}
    if formats.is_empty(value):
        return {**base, "kind": "room"}
    return {**base, "kind": "value", "value": _words(field, bound)}


def _boxes(field: Field, bound: Bound) -> list[str]:
    value = bound.values.get(field.key)
    chosen = {str(item) for item in value} if isinstance(value, list | tuple) else {str(value)}
    if field.type == "checkbox":
        ticked = not formats.is_empty(value) and str(value).lower() != "false"
        return [f"{TICKED if ticked else OPEN} {_('Yes')}"]
    return [f"{TICKED if option.value in chosen else OPEN} {option.label}" for option in field.options]


def _words(field: Field, bound: Bound) -> str:
    words = summary.read(field, bound, reveal=True)
    if field.format != "money":
        return words
    try:
        return f"{words}（{rules.money_in_words(Decimal(str(bound.values[field.key])))}）"
    except (InvalidOperation, ValueError):
        return words


def _table(field: Field, bound: Bound, *, is_empty: bool) -> dict[str, Any]:
    columns = [inner for inner in field.fields if inner.type != "expression" or inner.label != inner.key]
    rows = [
        ["" if formats.is_empty(row.values.get(inner.key)) else _words(inner, row) for inner in columns]
        for row in bound.rows(field)
        if not row.is_blank
    ]
    if is_empty:
        rows = [[""] * len(columns)] * max(EMPTY_ROWS, field.fewest)
    return {"kind": "rows", "headings": [inner.label for inner in columns], "rows": rows}

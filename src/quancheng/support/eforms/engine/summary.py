"""What was filled in, in words: the read view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quancheng.support.eforms import rules
from quancheng.support.eforms.engine import formats, pictures
from quancheng.support.eforms.engine.binding import Bound, Form
from quancheng.support.eforms.engine.schema import Field

MASKED = frozenset({"identity-number", "mobile", "bank-card", "bank-account"})


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the read view. `value` is what people read, masked where it identifies a person; `picture` an image."""

    key: str
    label: str
    value: str
    basis: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one page, under its title."""

    page: int
    id: str
    title: str
    rows: tuple[Row, ...]


def sections(
    form: Form, values: Mapping[str, Any], *, context: Mapping[str, Any] | None = None, reveal: bool = False
) -> tuple[Section, ...]:
    """Return what was filled in, page by page, in words. Identity and mobile numbers are masked unless `reveal`."""
    bound = form.bind(None, initial=values, context=context)
    found = []
    for page in bound.visible_pages:
        shown = (field for field in page.fields if not bound.is_hidden(field) and not bound.is_disabled(field))
        rows = tuple(_joined([row for field in shown for row in _rows(field, bound, reveal=reveal)]))
        if rows:
            found.append(Section(page.number, page.id, page.title, rows))
    return tuple(found)


def _joined(rows: list[tuple[str, Row]]) -> list[Row]:
    """Return the rows, the parts of one address as one."""
    found: list[Row] = []
    last = ""
    for part_of, row in rows:
        if part_of and part_of == last:
            above, nothing = found[-1], _("Not filled in")
            words = "".join(word for word in (above.value, row.value) if word != nothing) or nothing
            found[-1] = Row(above.key, part_of, words, row.basis)
        else:
            found.append(Row(row.key, part_of, row.value, row.basis) if part_of else row)
        last = part_of
    return found


def _rows(field: Field, bound: Bound, *, reveal: bool) -> list[tuple[str, Row]]:
    if field.type == "dynamiclist":
        rows = [row for row in bound.rows(field) if not row.is_blank]
        if not rows:
            return [("", Row(field.key, field.label, _("Not filled in"), field.basis))]
        return [
            ("", Row(f"{field.key}.{number}", of_row(number, field.label), _row_words(row, reveal=reveal), field.basis))
            for number, row in enumerate(rows)
        ]
    value = bound.values.get(field.key)
    if field.type == "expression" and (field.label == field.key or formats.is_empty(value)):
        return []
    drawn = str(value) if field.type == "signature" and str(value or "").startswith(pictures.DRAWN) else ""
    row = Row(field.key, field.label, read(field, bound, reveal=reveal), field.basis, drawn)
    return [(field.part_of, row)]


def of_row(number: int, words: str) -> str:
    """Return words about a row of a repeating group (counted from 0)."""
    return _("Row %(number)d: %(error)s") % {"number": number + 1, "error": words}


def _row_words(row: Bound, *, reveal: bool) -> str:
    shown = [field for field in row.form.fields.values() if not row.is_hidden(field)]
    rows = _joined([part for field in shown for part in _rows(field, row, reveal=reveal)])
    pair = pgettext("field and what is wrong with it", "%(label)s: %(error)s")
    return "\n".join(pair % {"label": item.label, "error": item.value} for item in rows)


def read(field: Field, bound: Bound, *, reveal: bool) -> str:
    """Return a field's value in words."""
    value = bound.values.get(field.key)
    if field.type == "checkbox":
        return _("Yes") if not formats.is_empty(value) and str(value).lower() != "false" else _("No")
    if formats.is_empty(value):
        return _("Not filled in")
    if field.type == "filepicker":
        return pgettext("between items of a list", ", ").join(file_names(value)) or _("Not filled in")
    return _read_given(field, bound, value, reveal=reveal)


def _read_given(field: Field, bound: Bound, value: Any, *, reveal: bool) -> str:
    if field.type in ("select", "radio", "checklist", "taglist"):
        labels = {item.value: item.label for item in bound.options(field) or ()}
        chosen = value if isinstance(value, list | tuple) else [value]
        words = (labels.get(str(item), formats.storable(str(item))) for item in chosen)
        return pgettext("between items of a list", ", ").join(words)
    if field.type == "signature":
        return _("Signed by hand") if str(value).startswith(pictures.DRAWN) else formats.storable(str(value))
    if field.type == "expression":
        return _in_words(field, value, reveal=reveal)
    try:
        checked = formats.moment(field, value) if field.type == "datetime" else formats.clean(field, value, None)
    except formats.Wrong:
        return formats.storable(str(value))
    return _in_words(field, checked, reveal=reveal)


def file_names(value: Any) -> list[str]:
    """Return the names of files that were kept before."""
    names = [item.get("name") for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
    return [formats.storable(str(name)) for name in names if name]


def cell(value: Any) -> str:
    """Return a value of a read-only table in words."""
    if value is None:
        return ""
    if isinstance(value, list):
        return pgettext("between items of a list", ", ").join(cell(item) for item in value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal | int):
        return number_format(value, force_grouping=True)
    return moment(value) if isinstance(value, date | time) else str(value)[:500]


def moment(value: date | time) -> str:
    """Return a day, a time or both as people write them."""
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value) if timezone.is_aware(value) else value, "DATETIME_FORMAT")
    return date_format(value, "DATE_FORMAT") if isinstance(value, date) else time_format(value, "TIME_FORMAT")


def _in_words(field: Field, value: Any, *, reveal: bool) -> str:
    if isinstance(value, bool):
        return cell(value)
    if isinstance(value, date | time):
        return moment(value)
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

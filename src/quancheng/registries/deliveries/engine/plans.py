"""Taking a file of records into a register: read, check each row, compare with what is known, plan the changes.

Plain values in, a plan out; who stores it is the register's business. The same mechanism serves every register that
lives on deliveries from authorities.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

MOST_ROWS = 200_000
ENCODINGS = ("utf-8-sig", "gb18030")


class UnreadableFile(ValueError):
    """The file is no CSV with the expected columns. `code` columns | rows | encoding; `detail` the missing headings."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class WrongRow(ValueError):
    """A row that cannot be taken in; the text is the reason's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a register's files look like.

    `columns` {heading: field}; `key` the field that identifies a record; `clean` turns the texts of a row into values
    (ISO dates stay texts) or raises WrongRow; `optional` headings that may be missing.
    """

    columns: Mapping[str, str]
    key: str
    clean: Callable[[Mapping[str, str]], dict[str, str]]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken in. `row` counts from 2, as a spreadsheet shows it below the headings."""

    row: int
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that gets another value."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a register knows of a record: values and, by field, as of when."""

    values: Mapping[str, str]
    as_of: Mapping[str, date]


@dataclass(slots=True)
class Plan:
    """What a delivery would do. `stale` counts fields for which something newer is known already."""

    new: dict[str, dict[str, str]] = field(default_factory=dict)
    changed: dict[str, tuple[FieldChange, ...]] = field(default_factory=dict)
    confirmed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    rows: int = 0
    stale: int = 0

    @property
    def accepted(self) -> int:
        return self.rows - len(self.rejected)


def read(content: bytes, shape: Shape) -> list[dict[str, str]]:
    """Return the rows of a CSV by field. :raises UnreadableFile:"""
    rows = csv.reader(io.StringIO(_text(content), newline=""))
    headings = [text.strip() for text in next(rows, [])]
    missing = [name for name in shape.columns if name not in headings and name not in shape.optional]
    if missing:
        raise UnreadableFile("columns", "、".join(missing))
    places = {shape.columns[name]: headings.index(name) for name in shape.columns if name in headings}
    found = []
    for row in rows:
        if not any(text.strip() for text in row):
            continue
        found.append({name: row[place].strip() if place < len(row) else "" for name, place in places.items()})
        if len(found) > MOST_ROWS:
            raise UnreadableFile("rows", str(MOST_ROWS))
    return found


def _text(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("encoding")


def plan(rows: Sequence[Mapping[str, str]], shape: Shape, *, as_of: date, known: Mapping[str, Known]) -> Plan:
    """Return what the rows would change. `known` holds at least the records that the rows name.

    A field is changed only by data that is at least as new as what is known; an empty cell says nothing.
    """
    result, seen = Plan(rows=len(rows)), set[str]()
    for place, row in enumerate(rows, start=2):
        try:
            values = shape.clean(row)
        except WrongRow as error:
            result.rejected.append(Rejected(place, row.get(shape.key, ""), str(error)))
            continue
        key = values[shape.key]
        if key in seen:
            result.rejected.append(Rejected(place, key, "duplicate"))
            continue
        seen.add(key)
        if key not in known:
            result.new[key] = values
        else:
            _compare(result, values, known[key], key=key, key_field=shape.key, as_of=as_of)
    return result


def _compare(result: Plan, values: Mapping[str, str], known: Known, *, key: str, key_field: str, as_of: date) -> None:
    changes, confirmed = [], []
    for name, value in values.items():
        if name == key_field or value == "":
            continue
        if name in known.as_of and known.as_of[name] > as_of:
            result.stale += 1
        elif value != known.values.get(name, ""):
            changes.append(FieldChange(name, known.values.get(name, ""), value))
        else:
            confirmed.append(name)
    if changes:
        result.changed[key] = tuple(changes)
    if confirmed:
        result.confirmed[key] = tuple(confirmed)


def keys_in(rows: Iterable[Mapping[str, str]], shape: Shape) -> set[str]:
    """Return the identifiers that the rows name, as far as they can be read."""
    found = set()
    for row in rows:
        try:
            found.add(shape.clean(row)[shape.key])
        except WrongRow:
            continue
    return found


def preview(result: Plan, *, most: int = 20) -> dict[str, Any]:
    """Return counts and the first changes and rejections, for a page."""
    return {
        "rows": result.rows,
        "new": len(result.new),
        "changed": len(result.changed),
        "unchanged": result.accepted - len(result.new) - len(result.changed),
        "stale": result.stale,
        "rejected": len(result.rejected),
        "first_changes": [(key, changes) for key, changes in list(result.changed.items())[:most]],
        "first_rejected": result.rejected[:most],
    }

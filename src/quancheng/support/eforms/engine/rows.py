"""The rows of a repeating group: as they were sent, added, taken out, and known before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from quancheng.support.eforms.config import config
from quancheng.support.eforms.engine.schema import Field

# Name of the buttons that add or take out a row; their value is "people:add:2" or "people:remove:1". Which row is said,
# not only that one is wished for: pressed twice it is the same wish.
CHANGE = "_rows"
SEVERAL = ("checklist", "taglist")


def most(field: Field) -> int:
    """Return how many rows a repeating group takes."""
    return min(field.most_rows or config.most_rows, config.most_rows)


def at_first(field: Field) -> int:
    """Return how many empty rows are shown before anything is filled in."""
    return max(field.fewest, 1)


def listed(value: Any) -> list[Any]:
    """Return rows as a list, an empty one for anything else."""
    return list(value) if isinstance(value, list | tuple) else []


def sent(field: Field, data: Mapping[str, Any]) -> list[Any]:
    """Return the rows as sent: JSON rows under the key, or a browser's `people.0.name` with the count there."""
    value = data.get(field.key)
    if isinstance(value, list | tuple):
        return list(value)[: most(field) + 1]
    text = str(value or "").strip()
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    many = getattr(data, "getlist", None)

    def cell(name: str, inner: Field) -> Any:
        return many(name) if many and inner.type in SEVERAL else data.get(name)

    return [
        {inner.key: cell(f"{field.key}.{number}.{inner.key}", inner) for inner in field.fields}
        for number in range(min(count, most(field) + 1))
    ]


def changed(field: Field, rows: list[Any], wish: Any, *, firm: int) -> list[Any]:
    """Return the rows after the pressed button; a wish for another group, or one that cannot be, changes nothing."""
    parts = str(wish or "").rsplit(":", 2)
    if len(parts) != 3 or parts[0] != field.key or not re.fullmatch("[0-9]{1,4}", parts[2]):
        return rows
    verb, number = parts[1], int(parts[2])
    if verb == "add" and number == len(rows) and number < most(field):
        return [*rows, {}]
    if verb == "remove" and firm <= number < len(rows):
        return [*rows[:number], *rows[number + 1 :]]
    return rows


def firm(field: Field, known: list[Any], sources: Mapping[str, str]) -> int:
    """Return how many rows at the top are from a register and stay."""
    if field.editable:
        return 0
    if field.key in sources:
        return len(known)
    return max((number + 1 for number in range(len(known)) if f"{field.key}.{number}" in sources), default=0)


def sources(field: Field, number: int, known: list[Any], given: Mapping[str, str]) -> dict[str, str]:
    """Return where the values of one row come from, by the keys inside it."""
    words = given.get(f"{field.key}.{number}") or given.get(field.key) or ""
    if not words or number >= len(known):
        return {}
    return {inner.key: words for inner in field.fields if known[number].get(inner.key) not in (None, "", [])}

"""Which inputs the rules of a table cover: each column is cut at the values its cells name, each rule is a box.

Between two neighbouring values all values are alike, so a column has finitely many pieces, and overlaps and gaps are
found exactly for cells of plain values, comparisons and ranges of one kind.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quancheng.support.dmn.engine import model
from quancheng.support.feel import public as feel

MOST_STEPS = 20_000
MOST_GAPS = 5
# Stands for every text a table does not name.
_OTHER = "\0"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a column's values: one value, or all strictly between two (None is open)."""

    low: Any
    high: Any
    sample: Any
    text: str


class _Column:
    """The pieces of one column and, for each rule, which of them its cell takes."""

    def __init__(self, table: model.Table, index: int, names: frozenset[str]) -> None:
        column = table.inputs[index]
        self.label = column.label
        cells = [rule.tests[index] for rule in table.rules]
        texts = [column.allowed, *cells]
        parsed = [feel.parse_tests(text, names) if text not in ("", "-") else None for text in texts]
        literals = [feel.plain_values(node) if node is not None else () for node in parsed]
        kinds = {type(value) for found in literals if found is not None for value in found}
        self.judged = tuple(found is not None and len(kinds) <= 1 for found in literals[1:])
        named = {value for found in literals if found is not None for value in found}
        values = sorted(named) if len(kinds) <= 1 else []
        pieces = _pieces(values)
        if parsed[0] is not None and literals[0] is not None:
            pieces = [piece for piece in pieces if piece.sample is not _OTHER and _takes(parsed[0], piece.sample)]
        self.pieces = pieces
        self.taken = [
            frozenset(range(len(pieces)))
            if node is None
            else frozenset(place for place, piece in enumerate(pieces) if _takes(node, piece.sample))
            for node in parsed[1:]
        ]


def _takes(node: feel.Expression, sample: Any) -> bool:
    try:
        return feel.evaluate_parsed(node, {"?": sample}) is True
    except feel.FeelError:
        return False


def _pieces(values: list[Any]) -> list[Piece]:
    if not values:
        return [Piece(None, None, _OTHER, "")]
    if isinstance(values[0], bool):
        return [Piece(value, value, value, f"= {feel.text_of(value)}") for value in (True, False)]
    if isinstance(values[0], str):
        named = [Piece(value, value, value, f'= "{value}"') for value in values]
        return [*named, Piece(None, None, _OTHER, "is any other")]
    found = [Piece(None, values[0], feel.beside(values[0], -1), f"< {feel.text_of(values[0])}")]
    for value, following in itertools.zip_longest(values, values[1:]):
        found.append(Piece(value, value, value, f"= {feel.text_of(value)}"))
        if following is not None:
            text = f"in ({feel.text_of(value)}..{feel.text_of(following)})"
            found.append(Piece(value, following, feel.between(value, following), text))
    found.append(Piece(values[-1], None, feel.beside(values[-1], 1), f"> {feel.text_of(values[-1])}"))
    return [piece for piece in found if piece.sample is not None]


class Coverage:
    """The boxes of a table's rules. `unjudged` are the numbers of rules with cells that are no plain values."""

    def __init__(self, table: model.Table, names: frozenset[str]) -> None:
        self.columns = [_Column(table, index, names) for index in range(len(table.inputs))]
        self.count = len(table.rules)
        self.unjudged = tuple(
            number + 1 for number in range(self.count) if not all(column.judged[number] for column in self.columns)
        )
        self._judged = [number for number in range(self.count) if number + 1 not in self.unjudged]
        self._steps = 0

    def _box(self, number: int) -> tuple[frozenset[int], ...]:
        return tuple(column.taken[number] for column in self.columns)

    def overlaps(self) -> Iterator[tuple[int, int, str]]:
        """Yield pairs of rules that hold at once, and a place where they do."""
        for first, second in itertools.combinations(self._judged, 2):
            shared = [a & b for a, b in zip(self._box(first), self._box(second), strict=True)]
            if all(shared):
                yield first + 1, second + 1, self._where([min(part) for part in shared])

    def unreachable(self, *, first_decides: bool) -> Iterator[int]:
        """Yield rules whose cells nothing passes and, where the first rule decides, those that earlier ones cover."""
        for number in self._judged:
            box = self._box(number)
            earlier = [self._box(other) for other in self._judged if other < number] if first_decides else []
            if not all(box) or (earlier and next(self._outside(box, earlier), None) is None):
                yield number + 1

    def gaps(self) -> Iterator[str]:
        """Yield up to five places in which no rule holds."""
        whole = tuple(frozenset(range(len(column.pieces))) for column in self.columns)
        boxes = [self._box(number) for number in self._judged]
        for place in itertools.islice(self._outside(whole, boxes), MOST_GAPS):
            yield self._where(place)

    def _outside(
        self, region: tuple[frozenset[int], ...], boxes: list[tuple[frozenset[int], ...]], at: int = 0
    ) -> Iterator[list[int]]:
        """Yield places of `region` in no box, column by column; a table too large to search yields none."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            return
        if not boxes:
            yield [min(part) for part in region[at:]]
            return
        if at == len(region):
            return
        # Pieces that the same boxes take are alike from here on: one of them is looked at.
        seen: set[tuple[int, ...]] = set()
        for piece in sorted(region[at]):
            inside = tuple(index for index, box in enumerate(boxes) if piece in box[at])
            if inside in seen:
                continue
            seen.add(inside)
            for rest in self._outside(region, [boxes[index] for index in inside], at + 1):
                yield [piece, *rest]

    def _where(self, place: list[int]) -> str:
        found = [
            f"{column.label} {column.pieces[piece].text}"
            for column, piece in zip(self.columns, place, strict=True)
            if column.pieces[piece].text
        ]
        return ", ".join(found)


__all__ = ["Coverage", "Piece"]

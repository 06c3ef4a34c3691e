"""The built-in functions of points and ranges (DMN 1.5, table 78, after Allen's interval algebra) and `range()`.

A missing end lies beyond every value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quancheng.support.feel.engine import offering, operators, tree, values
from quancheng.support.feel.engine.errors import FeelSyntaxError
from quancheng.support.feel.engine.offering import as_text, offers
from quancheng.support.feel.engine.parser import Parser
from quancheng.support.feel.engine.values import Range


def _compared(left: Any, right: Any, *, missing: int) -> int:
    """Return the sign of `left - right`; an end that is missing on both sides is equal. :raises TypeError: no order."""
    if left is None or right is None:
        return 0 if left is right else missing if left is None else -missing
    if operators.equal(left, right) is True:
        return 0
    below = operators.compare("<", left, right)
    if below is None:
        raise TypeError
    return -1 if below else 1


def _starts_against(left: Range, right: Range) -> int:
    """Return the sign of the difference of two beginnings; an open one begins a little later."""
    found = _compared(left.start, right.start, missing=-1)
    return found or int(right.start_included) - int(left.start_included)


def _ends_against(left: Range, right: Range) -> int:
    """Return the sign of the difference of two ends; an open one ends a little earlier."""
    found = _compared(left.end, right.end, missing=1)
    return found or int(left.end_included) - int(right.end_included)


def _end_against_start(left: Range, right: Range) -> int:
    """Return 0 where the two share exactly the point between them, less when they leave it out."""
    if left.end is None or right.start is None:
        return 1
    found = _compared(left.end, right.start, missing=0)
    return found or (0 if left.end_included and right.start_included else -1)


def _spans(*values_given: Any) -> list[Range]:
    """Return points as ranges of one value. :raises TypeError: for null."""
    if any(value is None for value in values_given):
        raise TypeError
    return [value if isinstance(value, Range) else Range(value, value) for value in values_given]


def _of_ranges(test: Callable[[Range, Range], bool]) -> Callable[[Any, Any], bool]:
    """Return `test` for two ranges and nothing else."""

    def call(left: Any, right: Any) -> bool:
        if not (isinstance(left, Range) and isinstance(right, Range)):
            raise TypeError
        return test(left, right)

    return call


def _within(test: Callable[[Range, Range], bool]) -> Callable[[Any, Any], bool]:
    """Return `test` for a point or range and a range."""

    def call(left: Any, right: Any) -> bool:
        if not isinstance(right, Range):
            raise TypeError
        return test(*_spans(left, right))

    return call


def _turned(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: test(right, left)


def _before(left: Any, right: Any) -> bool:
    return _end_against_start(*_spans(left, right)) < 0


def _meets(left: Range, right: Range) -> bool:
    return _end_against_start(left, right) == 0


def _overlaps(left: Range, right: Range) -> bool:
    return _end_against_start(left, right) >= 0 and _end_against_start(right, left) >= 0


def _overlaps_before(left: Range, right: Range) -> bool:
    return _starts_against(left, right) < 0 <= _end_against_start(left, right) and _ends_against(left, right) <= 0


def _overlaps_after(left: Range, right: Range) -> bool:
    return _starts_against(left, right) > 0 and _end_against_start(right, left) >= 0 and _ends_against(left, right) >= 0


def _finishes(left: Range, right: Range) -> bool:
    return _ends_against(left, right) == 0 and _starts_against(left, right) >= 0


def _starts(left: Range, right: Range) -> bool:
    return _starts_against(left, right) == 0 and _ends_against(left, right) <= 0


def _during(left: Range, right: Range) -> bool:
    return _starts_against(left, right) >= 0 >= _ends_against(left, right)


def _coincides(left: Any, right: Any) -> bool:
    if isinstance(left, Range) is not isinstance(right, Range):
        raise TypeError
    one, other = _spans(left, right)
    return _starts_against(one, other) == 0 and _ends_against(one, other) == 0


offers("before", 2)(_before)
offers("after", 2)(_turned(_before))
offers("meets", 2)(_of_ranges(_meets))
offers("met by", 2)(_turned(_of_ranges(_meets)))
offers("overlaps", 2)(_of_ranges(_overlaps))
offers("overlaps before", 2)(_of_ranges(_overlaps_before))
offers("overlaps after", 2)(_of_ranges(_overlaps_after))
offers("finishes", 2)(_within(_finishes))
offers("finished by", 2)(_turned(_within(_finishes)))
offers("includes", 2)(_turned(_within(_during)))
offers("during", 2)(_within(_during))
offers("starts", 2)(_within(_starts))
offers("started by", 2)(_turned(_within(_starts)))
offers("coincides", 2)(_coincides)

_CONSTRUCTORS = frozenset({"@", "date", "time", "date and time", "duration"})


@offers("range")
def _range(text: Any) -> Range | None:
    """Return the range written in a text such as "[18..21)"; its ends are literals."""
    spaced = frozenset(tuple(name.split()) for name in _CONSTRUCTORS if " " in name)
    try:
        node = Parser(as_text(text), spaced=spaced).whole()
    except FeelSyntaxError:
        return None
    if isinstance(node, tree.HalfOpen):
        return operators.half_open(node.operator, _literal(node.operand))
    if not isinstance(node, tree.RangeOf):
        return None
    start, end = _literal(node.start), _literal(node.end)
    open_wrongly = (start is None and node.start_included) or (end is None and node.end_included)
    if (start is None and end is None) or open_wrongly:
        return None
    if start is not None and end is not None and operators.compare("<=", start, end) is not True:
        return None
    return Range(start, end, node.start_included, node.end_included)


def _literal(node: tree.Node) -> Any:
    """Return the value of a literal. :raises TypeError: for anything else."""
    match node:
        case tree.Literal(value=value):
            return value
        case tree.Negation(operand=operand):
            return operators.negated(_literal(operand))
        case tree.Call(function=tree.Name(name=name), arguments=arguments) if name in _CONSTRUCTORS:
            found = offering.BUILTINS[name].function(*map(_literal, arguments))
            if found is not None:
                return values.shallow(found)
    raise TypeError

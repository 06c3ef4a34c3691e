"""Plain values in the cells of a decision table: which a cell names, and values between and beside them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from quancheng.support.feel.engine import evaluator, tree
from quancheng.support.feel.engine.errors import FeelError

_ORDERED = (Decimal, str, date, timedelta)


def plain_values(node: tree.Node) -> frozenset[Any] | None:
    """Return the values that unary tests name in comparisons and ranges; None when they hold anything else."""
    if not isinstance(node, tree.UnaryTests):
        return None
    found: set[Any] = set()
    for test in node.tests:
        match test:
            case tree.UnaryTest(operator="=" | "!=" | "<" | "<=" | ">" | ">=", operand=operand):
                parts: tuple[tree.Node, ...] = (operand,)
            case tree.RangeOf(start=start, end=end):
                parts = (start, end)
            case tree.ListOf(items=items):
                parts = items
            case tree.HalfOpen(operand=operand):
                parts = (operand,)
            case _:
                parts = (test,)
        for part in parts:
            value = _constant(part)
            if value is None:
                return None
            found.add(value)
    return frozenset(found)


def _constant(node: tree.Node) -> Any:
    """Return the value of a literal, or of a date, time or duration made of literals; None for anything else."""
    if isinstance(node, tree.Call):
        if not all(isinstance(argument, tree.Literal) for argument in node.arguments):
            return None
        if not (isinstance(node.function, tree.Name) and node.function.name in ("@", "date", "duration")):
            return None
    elif not isinstance(node, tree.Literal) and not (
        isinstance(node, tree.Negation) and isinstance(node.operand, tree.Literal)
    ):
        return None
    try:
        value = evaluator.evaluate(node, {})
    except FeelError:
        return None
    return value if isinstance(value, (*_ORDERED, bool)) else None


def between(low: Any, high: Any) -> Any:
    """Return a value strictly between two of one kind, None when there is none (two neighbouring days)."""
    if isinstance(low, Decimal | timedelta):
        return low + (high - low) / 2
    if isinstance(low, date) and not isinstance(low, datetime | time):
        return low + timedelta(days=1) if (high - low).days > 1 else None
    return low + (high - low) / 2


def beside(value: Any, direction: int) -> Any:
    """Return a value below (-1) or above (1) another, None when there is none."""
    try:
        return value + direction * (Decimal(1) if isinstance(value, Decimal) else timedelta(days=1))
    except OverflowError:
        return None

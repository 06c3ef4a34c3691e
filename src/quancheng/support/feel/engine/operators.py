"""Arithmetic, comparison and membership of FEEL values; what has no answer is null (None), as the standard says."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, DecimalException
from typing import Any

from quancheng.support.feel.engine import temporal, values
from quancheng.support.feel.engine.values import Months, Range


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """Return `left operator right`, or None where the types do not fit, on division by zero and on overflow."""
    try:
        result = _ARITHMETIC[operator](left, right)
    except (TypeError, OverflowError, ValueError, ZeroDivisionError, DecimalException):
        return None
    return None if isinstance(result, Decimal) and not result.is_finite() else result


_SOME_DAY = date(2000, 1, 1)


def _plus(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, Months) and isinstance(right, Months):
        return Months(left.count + right.count)
    if isinstance(left, date | time):
        return _moved(left, right)
    if isinstance(right, date | time):
        return _moved(right, left)
    return _numbers_or_spans(left, right, lambda a, b: a + b)


def _minus(left: Any, right: Any) -> Any:
    if isinstance(left, Months) and isinstance(right, Months):
        return Months(left.count - right.count)
    if isinstance(left, date | time) and isinstance(right, date | time):
        return _between(left, right)
    if isinstance(left, date | time):
        return _moved(left, negated(right))
    return _numbers_or_spans(left, right, lambda a, b: a - b)


def _moved(moment: date | time, span: Any) -> date | time:
    """Return a day or time moved by a duration; a time of day goes round at midnight."""
    if isinstance(moment, time):
        return (datetime.combine(_SOME_DAY, moment) + _timedelta(span)).timetz()
    return temporal.plus_months(moment, span.count) if isinstance(span, Months) else moment + _timedelta(span)


def _between(left: date | time, right: date | time) -> timedelta:
    """Return the time from `right` to `left`; a date beside a moment stands for its midnight in UTC."""
    if isinstance(left, datetime) is not isinstance(right, datetime):
        left, right = _moment(left), _moment(right)
    if values.kind(left) != values.kind(right):
        raise TypeError
    if isinstance(left, time):
        return datetime.combine(_SOME_DAY, left) - datetime.combine(_SOME_DAY, right)  # type: ignore[arg-type]
    return left - right  # type: ignore[operator]


def _moment(value: date | time) -> date | time:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), tzinfo=UTC)
    return value


def _times(left: Any, right: Any) -> Any:
    if isinstance(left, Decimal) and not isinstance(right, Decimal):
        left, right = right, left
    if isinstance(left, Months):
        return Months(int(left.count * _number(right)))
    if isinstance(left, timedelta):
        return timedelta(seconds=float(Decimal(left.total_seconds()) * _number(right)))
    return _number(left) * _number(right)


def _divided(left: Any, right: Any) -> Any:
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return Decimal(left.total_seconds()) / Decimal(right.total_seconds())
    if isinstance(left, Months) and isinstance(right, Months):
        return Decimal(left.count) / Decimal(right.count)
    if isinstance(left, timedelta):
        return timedelta(seconds=float(Decimal(left.total_seconds()) / _number(right)))
    if isinstance(left, Months):
        return Months(int(left.count / _number(right)))
    return _number(left) / _number(right)


def _power(left: Any, right: Any) -> Any:
    return _number(left) ** _number(right)


def _numbers_or_spans(left: Any, right: Any, function: Any) -> Any:
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return function(left, right)
    return function(_number(left), _number(right))


def _number(value: Any) -> Decimal:
    if not isinstance(value, Decimal):
        raise TypeError
    return value


def _timedelta(value: Any) -> timedelta:
    if not isinstance(value, timedelta):
        raise TypeError
    return value


_ARITHMETIC = {"+": _plus, "-": _minus, "*": _times, "/": _divided, "**": _power}


def negated(value: Any) -> Any:
    """Return `-value` for numbers and durations, else None."""
    if isinstance(value, Months):
        return Months(-value.count)
    return -value if isinstance(value, Decimal | timedelta) else None


def equal(left: Any, right: Any) -> bool | None:
    """Test equality; values of different types cannot be compared: None."""
    left, right = values.shallow(left), values.shallow(right)
    if left is None or right is None:
        return left is right
    if values.kind(left) != values.kind(right):
        return None
    if isinstance(left, list):
        if len(left) != len(right):
            return False
        return all(equal(a, b) is True for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) is True for key in left)
    return bool(left == right)


def compare(operator: str, left: Any, right: Any) -> bool | None:
    """Test `left operator right`; None when the two have no order."""
    if operator in ("=", "!="):
        same = equal(left, right)
        return same if operator == "=" or same is None else not same
    if left is None or right is None or values.kind(left) != values.kind(right):
        return None
    if not isinstance(left, Decimal | str | date | time | timedelta | Months):
        return None
    try:
        return bool(_ORDER[operator](left, right))
    except TypeError:  # a time with a zone beside one without
        return None


_ORDER = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def both(left: Any, right: Any) -> bool | None:
    """Three-valued and: one False decides; anything that is not a boolean counts as null."""
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def either(left: Any, right: Any) -> bool | None:
    """Three-valued or: one True decides."""
    if left is True or right is True:
        return True
    return False if left is False and right is False else None


def opposite(value: Any) -> bool | None:
    """Three-valued not."""
    return not value if isinstance(value, bool) else None


def half_open(operator: str, end: Any) -> Range | None:
    """Return the range `(> end)`, `(<= end)`, `(= end)`; `(!= end)` is not one range: None."""
    match operator:
        case ">" | ">=":
            return Range(end, None, operator == ">=", False)
        case "<" | "<=":
            return Range(None, end, False, operator == "<=")
        case "=":
            return Range(end, end)
    return None


def within(value: Any, span: Range) -> bool | None:
    """Test whether `value` lies in the range; a missing end is open."""
    low: bool | None = True
    high: bool | None = True
    if span.start is not None:
        low = compare(">=" if span.start_included else ">", value, span.start)
    if span.end is not None:
        high = compare("<=" if span.end_included else "<", value, span.end)
    return both(low, high)


def member(value: Any, test: Any) -> bool | None:
    """Test `value in test` for one evaluated test: a range, a list (of values or ranges), or a value to equal."""
    test = values.shallow(test)
    if isinstance(test, Range):
        return within(value, test)
    if isinstance(test, list):
        if isinstance(value, list) and equal(value, test):
            return True
        found: bool | None = False
        for item in map(values.shallow, test):
            found = either(found, within(value, item) if isinstance(item, Range) else equal(value, item))
        return bool(found)
    return equal(value, test)

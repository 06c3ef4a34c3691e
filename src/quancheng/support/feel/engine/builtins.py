"""The built-in functions (DMN 1.5, chapter 10.3.4, the common ones).

There is no `now()` or `today()`: an expression has no clock of its own; the caller puts the date into the context.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from quancheng.support.feel.engine import operators, values
from quancheng.support.feel.engine.errors import FeelError
from quancheng.support.feel.engine.offering import (
    BUILTINS,
    Apply,
    as_items,
    as_number,
    as_spread,
    as_text,
    as_whole,
    offers,
)
from quancheng.support.feel.engine.values import Months, Range

LONGEST_PATTERN = 200

__all__ = ["BUILTINS"]

# -- logic


@offers("not")
def _not(value: Any) -> Any:
    return not value if isinstance(value, bool) else None


@offers("all", 1, None)
def _all(*arguments: Any) -> Any:
    return _folded(operators.both, arguments, True)


@offers("any", 1, None)
def _any(*arguments: Any) -> Any:
    return _folded(operators.either, arguments, False)


def _folded(combine: Callable[[Any, Any], bool | None], arguments: tuple[Any, ...], start: bool | None) -> bool | None:
    return functools.reduce(combine, as_spread(arguments), start)


# -- texts

offers("string length")(lambda text: Decimal(len(as_text(text))))
offers("upper case")(lambda text: as_text(text).upper())
offers("lower case")(lambda text: as_text(text).lower())
offers("contains", 2)(lambda text, part: as_text(part) in as_text(text))
offers("starts with", 2)(lambda text, part: as_text(text).startswith(as_text(part)))
offers("ends with", 2)(lambda text, part: as_text(text).endswith(as_text(part)))
offers("trim")(lambda text: as_text(text).strip())
offers("split", 2)(lambda text, pattern: _pattern(pattern, "").split(as_text(text)))
offers("matches", 2, 3)(lambda text, pattern, flags="": bool(_pattern(pattern, flags).search(as_text(text))))


@offers("substring", 2, 3)
def _substring(text: Any, start: Any, length: Any = None) -> Any:
    text, begin = as_text(text), as_whole(start)
    if begin == 0 or abs(begin) > len(text):
        return None if begin == 0 else ""
    index = begin - 1 if begin > 0 else len(text) + begin
    return text[index:] if length is None else text[index : index + max(as_whole(length), 0)]


@offers("substring before", 2)
def _substring_before(text: Any, mark: Any) -> str:
    before, found, _ = as_text(text).partition(as_text(mark)) if mark else ("", "", "")
    return before if found else ""


@offers("substring after", 2)
def _substring_after(text: Any, mark: Any) -> str:
    return as_text(text).partition(as_text(mark))[2] if mark else as_text(text)


@offers("replace", 3, 4)
def _replace(text: Any, pattern: Any, replacement: Any, flags: Any = "") -> str:
    return _pattern(pattern, flags).sub(re.sub(r"\$(\d+)", r"\\\1", as_text(replacement)), as_text(text))


@offers("string join", 1, 2)
def _string_join(texts: Any, between: Any = "") -> str:
    return as_text(between or "").join(as_text(text) for text in as_items(texts) if text is not None)


@offers("string")
def _string(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else values.text_of(value)


def _pattern(pattern: Any, flags: Any) -> re.Pattern[str]:
    pattern = as_text(pattern)
    if len(pattern) > LONGEST_PATTERN:
        raise FeelError("the pattern is too long")
    found = 0
    for flag in as_text(flags or ""):
        found |= {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}[flag]
    try:
        return re.compile(pattern, found)
    except re.error as error:
        raise FeelError(f"{pattern!r} is not a pattern: {error}") from error


# -- numbers


@offers("number", 1, 3)
def _to_number(value: Any, grouping: Any = None, point: Any = None) -> Any:
    if isinstance(value, Decimal):
        return value
    text = as_text(value)
    if grouping:
        text = text.replace(as_text(grouping), "")
    if point:
        text = text.replace(as_text(point), ".")
    return Decimal(text) if re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)\s*", text) else None


def _rounded(rounding: str) -> Callable[..., Decimal]:
    def rounded(value: Any, scale: Any = Decimal(0)) -> Decimal:
        return as_number(value).quantize(Decimal(1).scaleb(-as_whole(scale)), rounding=rounding)

    return rounded


offers("decimal", 2)(_rounded(ROUND_HALF_EVEN))
offers("floor", 1, 2)(_rounded(ROUND_FLOOR))
offers("ceiling", 1, 2)(_rounded(ROUND_CEILING))
offers("round", 1, 2)(_rounded(ROUND_HALF_UP))
offers("round half up", 2)(_rounded(ROUND_HALF_UP))
offers("sqrt")(lambda value: as_number(value).sqrt() if value >= 0 else None)
offers("even")(lambda value: as_number(value) % 2 == 0)
offers("odd")(lambda value: abs(as_number(value)) % 2 == 1)


@offers("abs")
def _abs(value: Any) -> Any:
    return Months(abs(value.count)) if isinstance(value, Months) else abs(value)


@offers("modulo", 2)
def _modulo(value: Any, divisor: Any) -> Decimal:
    # FEEL takes the sign of the divisor, Decimal's % that of the dividend.
    value, divisor = as_number(value), as_number(divisor)
    return value - divisor * (value / divisor).to_integral_value(rounding=ROUND_FLOOR)


# -- lists


@offers("count")
def _count(items: Any) -> Decimal:
    return Decimal(0 if items is None else len(as_items(items)))


@offers("list contains", 2)
def _list_contains(items: Any, wanted: Any) -> bool | None:
    if items is None:
        return None
    return any(operators.equal(item, wanted) is True for item in as_items(items))


@offers("sum", 1, None)
def _sum(*arguments: Any) -> Any:
    found = as_spread(arguments)
    return functools.reduce(lambda a, b: operators.arithmetic("+", a, b), found) if found else None


@offers("mean", 1, None)
def _mean(*arguments: Any) -> Any:
    found = as_spread(arguments)
    return operators.arithmetic("/", _sum(found), Decimal(len(found))) if found else None


@offers("product", 1, None)
def _product(*arguments: Any) -> Any:
    found = as_spread(arguments)
    return math.prod(map(as_number, found)) if found else None


@offers("min", 1, None)
def _min(*arguments: Any) -> Any:
    return _extreme("<", arguments)


@offers("max", 1, None)
def _max(*arguments: Any) -> Any:
    return _extreme(">", arguments)


def _extreme(operator: str, arguments: tuple[Any, ...]) -> Any:
    best, *others = as_spread(arguments)
    for item in others:
        better = operators.compare(operator, item, best)
        if better is None:
            return None
        best = item if better else best
    return best


@offers("append", 2, None)
def _append(items: Any, *more: Any) -> list[Any]:
    return [*as_items(items), *more]


offers("concatenate", 1, None)(lambda *lists: [item for items in lists for item in as_items(items)])
offers("reverse")(lambda items: as_items(items)[::-1])
offers("union", 1, None)(lambda *lists: _distinct([item for items in lists for item in as_items(items)]))


@offers("distinct values")
def _distinct(items: Any) -> list[Any]:
    kept: list[Any] = []
    for item in as_items(items):
        if not any(operators.equal(item, other) is True for other in kept):
            kept.append(item)
    return kept


@offers("index of", 2)
def _index_of(items: Any, wanted: Any) -> list[Decimal]:
    return [
        Decimal(position)
        for position, item in enumerate(as_items(items), start=1)
        if operators.equal(item, wanted) is True
    ]


@offers("flatten")
def _flatten(items: Any) -> list[Any]:
    return [leaf for item in as_items(items) for leaf in (_flatten(item) if isinstance(item, list) else [item])]


@offers("sublist", 2, 3)
def _sublist(items: Any, start: Any, length: Any = None) -> list[Any] | None:
    found, begin = as_items(items), as_whole(start)
    if begin == 0 or abs(begin) > len(found):
        return None
    index = begin - 1 if begin > 0 else len(found) + begin
    return found[index:] if length is None else found[index : index + as_whole(length)]


@offers("sort", 1, 2, needs_apply=True)
def _sort(items: Any, *rest: Any) -> list[Any]:
    before: Any = rest[0] if len(rest) == 2 else None
    apply: Apply = rest[-1]

    def order(left: Any, right: Any) -> int:
        if before is not None:
            return -1 if apply(before, [left, right]) is True else 1 if apply(before, [right, left]) is True else 0
        return -1 if operators.compare("<", left, right) else int(operators.compare(">", left, right) is True)

    return sorted(as_items(items), key=functools.cmp_to_key(order))


# -- contexts

offers("get value", 2)(lambda context, key: values.shallow(context.get(as_text(key))))


@offers("get entries")
def _get_entries(context: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": values.shallow(value)} for key, value in context.items()]


# -- dates, times, durations


@offers("date", 1, 3)
def _date(value: Any, month: Any = None, day: Any = None) -> Any:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if month is not None:
        return date(as_whole(value), as_whole(month), as_whole(day))
    found = values.temporal(as_text(value))
    return found if isinstance(found, date) and not isinstance(found, datetime) else None


@offers("time", 1, 3)
def _time(value: Any, minute: Any = None, second: Any = None) -> Any:
    if isinstance(value, datetime):
        return value.timetz()
    if isinstance(value, time):
        return value
    if minute is not None:
        return time(as_whole(value), as_whole(minute), as_whole(second))
    found = values.temporal(as_text(value))
    return found if isinstance(found, time) else None


@offers("date and time", 1, 2)
def _date_and_time(value: Any, clock: Any = None) -> Any:
    if clock is not None:
        return datetime.combine(_date(value), clock)
    if isinstance(value, datetime):
        return value
    found = value if isinstance(value, date) else values.temporal(as_text(value))
    if isinstance(found, date) and not isinstance(found, datetime):
        return datetime.combine(found, time())
    return found if isinstance(found, datetime) else None


@offers("duration")
def _duration(value: Any) -> Any:
    return value if isinstance(value, timedelta | Months) else values.duration(as_text(value))


@offers("years and months duration", 2)
def _months_between(start: date, end: date) -> Months:
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return Months(months)


@offers("@")
def _literal(text: Any) -> Any:
    return values.temporal(as_text(text))


offers("day of week")(
    lambda day: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][_date(day).weekday()]
)
offers("day of year")(lambda day: Decimal(_date(day).timetuple().tm_yday))
offers("week of year")(lambda day: Decimal(_date(day).isocalendar().week))


# -- ranges


@offers("before", 2)
def _before(left: Any, right: Any) -> bool | None:
    end, start = (left.end if isinstance(left, Range) else left), (right.start if isinstance(right, Range) else right)
    touching = (not isinstance(left, Range) or left.end_included) and (
        not isinstance(right, Range) or right.start_included
    )
    return operators.compare("<" if touching else "<=", end, start)


offers("after", 2)(lambda left, right: _before(right, left))
offers("includes", 2)(lambda span, value: operators.within(value, span) if isinstance(span, Range) else None)

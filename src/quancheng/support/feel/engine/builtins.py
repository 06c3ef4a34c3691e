"""The built-in functions (DMN 1.5, chapter 10.3.4, the common ones).

There is no `now()` or `today()`: an expression has no clock of its own; the caller puts the date into the context.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import Any

from quancheng.support.feel.engine import listing, operators, ranges, temporal, values
from quancheng.support.feel.engine.errors import FeelError
from quancheng.support.feel.engine.errors import marked as _
from quancheng.support.feel.engine.offering import (
    BUILTINS,
    as_items,
    as_number,
    as_spread,
    as_text,
    as_whole,
    offers,
)
from quancheng.support.feel.engine.values import Months

LONGEST_PATTERN = 200
# The scales of the standard's decimal128 (DMN 1.5, table 73).
LEAST_SCALE, GREATEST_SCALE = -6111, 6176

__all__ = ["BUILTINS", "listing", "ranges"]

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
    return _pattern(pattern, flags).sub(re.sub(r"\$(\d+)", r"\\g<\1>", as_text(replacement)), as_text(text))


@offers("string join", 1, 2)
def _string_join(texts: Any, between: Any = "") -> str:
    if texts is None:
        raise TypeError
    return as_text(between or "").join(as_text(text) for text in as_items(texts) if text is not None)


@offers("string")
def _string(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else values.text_of(value)


def _pattern(pattern: Any, flags: Any) -> re.Pattern[str]:
    pattern = as_text(pattern)
    if len(pattern) > LONGEST_PATTERN:
        raise FeelError(_("the pattern is too long"))
    found = 0
    for flag in as_text(flags or ""):
        found |= {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}[flag]
    try:
        return re.compile(pattern, found)
    except re.error as error:
        raise FeelError(_("“%(pattern)s” is not a pattern: %(why)s"), pattern=pattern, why=error) from error


# -- numbers


@offers("number", 1, 3)
def _to_number(value: Any, grouping: Any = None, point: Any = None) -> Any:
    if isinstance(value, Decimal) and grouping is None and point is None:
        return value
    text = as_text(value)
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (grouping and grouping == point):
        return None
    if grouping:
        text = text.replace(as_text(grouping), "")
    if point:
        text = text.replace(as_text(point), ".")
    return Decimal(text) if re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)\s*", text) else None


def _rounded(rounding: str) -> Callable[..., Decimal]:
    def rounded(value: Any, scale: Any = Decimal(0)) -> Decimal:
        number, places = as_number(value), as_whole(scale)
        if not LEAST_SCALE <= places <= GREATEST_SCALE:
            raise ValueError
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and places >= -exponent:
            return number
        return number.quantize(Decimal(1).scaleb(-places), rounding=rounding)

    return rounded


offers("decimal", 2)(_rounded(ROUND_HALF_EVEN))
offers("floor", 1, 2)(_rounded(ROUND_FLOOR))
offers("ceiling", 1, 2)(_rounded(ROUND_CEILING))
offers("round", 1, 2)(_rounded(ROUND_HALF_UP))
offers("round half up", 2)(_rounded(ROUND_HALF_UP))
offers("sqrt")(lambda value: as_number(value).sqrt() if value >= 0 else None)
offers("exp")(lambda value: as_number(value).exp())
offers("log")(lambda value: as_number(value).ln() if value > 0 else None)
offers("round up", 2)(_rounded(ROUND_UP))
offers("round down", 2)(_rounded(ROUND_DOWN))
offers("round half down", 2)(_rounded(ROUND_HALF_DOWN))
offers("even")(lambda value: as_number(value) % 2 == 0)
offers("odd")(lambda value: abs(as_number(value)) % 2 == 1)


@offers("abs")
def _abs(value: Any) -> Any:
    if isinstance(value, Months):
        return Months(abs(value.count))
    return abs(value) if isinstance(value, Decimal | timedelta) else None


@offers("modulo", 2)
def _modulo(value: Any, divisor: Any) -> Decimal:
    # FEEL takes the sign of the divisor, Decimal's % that of the dividend.
    value, divisor = as_number(value), as_number(divisor)
    return value - divisor * (value / divisor).to_integral_value(rounding=ROUND_FLOOR)


# -- dates, times, durations


@offers("date", 1, 3)
def _date(value: Any, month: Any = None, day: Any = None) -> Any:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if month is not None:
        return date(as_whole(value), as_whole(month), as_whole(day))
    found = temporal.temporal(as_text(value))
    return found if isinstance(found, date) and not isinstance(found, datetime) else None


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@offers("time", 1, 4)
def _time(value: Any, minute: Any = None, second: Any = None, offset: Any = None) -> Any:
    if isinstance(value, datetime):
        return value.timetz()
    if isinstance(value, time):
        return value
    if isinstance(value, date):
        return time(tzinfo=UTC)
    if minute is not None:
        zone = timezone(offset) if isinstance(offset, timedelta) else None
        micro = int(as_number(second) % 1 * 1_000_000)
        return time(as_whole(value), as_whole(minute), as_whole(second), micro, tzinfo=zone)
    found = temporal.temporal(as_text(value))
    return found if isinstance(found, time) else None


@offers("date and time", 1, 2)
def _date_and_time(value: Any, *clock: Any) -> Any:
    if clock:
        return datetime.combine(_date(value), clock[0])
    if isinstance(value, datetime):
        return value
    found = value if isinstance(value, date) else temporal.temporal(as_text(value))
    if isinstance(found, date) and not isinstance(found, datetime):
        return datetime.combine(found, time())
    return found if isinstance(found, datetime) else None


@offers("duration")
def _duration(value: Any) -> Any:
    return value if isinstance(value, timedelta | Months) else temporal.duration(as_text(value))


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
    return temporal.temporal(as_text(text))


offers("day of week")(
    lambda day: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][_date(day).weekday()]
)
offers("month of year")(lambda day: _MONTHS[_date(day).month - 1])
offers("day of year")(lambda day: Decimal(_date(day).timetuple().tm_yday))
offers("week of year")(lambda day: Decimal(_date(day).isocalendar().week))


@offers("is", 2)
def _is(left: Any, right: Any) -> bool:
    """Tell whether two values are the same, zone and all, not only equal."""
    if left is None or right is None or values.kind(left) != values.kind(right):
        return left is right
    if isinstance(left, date | time):
        # Zones by name are the same by name, and "Z" is the offset +00:00.
        return values.text_of(left) == values.text_of(right)
    return operators.equal(left, right) is True

"""The values of FEEL and their passage to and from Python.

null is None, a number is Decimal, a string str, a boolean bool, a list list, a context dict, a date date, a date and
time datetime, a time time, a duration of days and seconds timedelta, a duration of months `Months`, a range `Range`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from quancheng.support.feel.engine.errors import FeelError
from quancheng.support.feel.engine.errors import marked as _


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A duration of whole months; 12 of them are a year."""

    count: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.count), 12)
        body = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return f"{'-' if self.count < 0 else ''}P{body}"


@dataclass(frozen=True, slots=True)
class Range:
    """All values from `start` to `end`; a missing end is open."""

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True


@dataclass(frozen=True, slots=True)
class Function:
    """A function defined in an expression; `call` takes the evaluated arguments.

    `types` and `result` are `types.Type` of the parameters and of the result, where they were written down.
    """

    parameters: tuple[str, ...]
    call: Callable[[list[Any]], Any]
    types: tuple[Any, ...] = ()
    result: Any = None


_OWN = str | bool | Decimal | date | time | timedelta | Months | Range | Function | list | dict


def shallow(value: Any) -> Any:
    """Return `value` as a FEEL value without walking into lists and contexts. :raises FeelError: for a foreign type."""
    if value is None or isinstance(value, _OWN):
        # TextChoices and other string enumerations must compare like the plain text they stand for.
        return value.value if isinstance(value, Enum) else value
    for types, convert in _CONVERSIONS:
        if isinstance(value, types) and not isinstance(value, bytes | bytearray):
            return convert(value)
    raise FeelError(_("a value of type %(name)s has no meaning in an expression"), name=type(value).__name__)


def _from_float(value: float) -> Decimal | None:
    number = Decimal(str(value))
    return number if number.is_finite() else None


_CONVERSIONS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (int, Decimal),
    (float, _from_float),
    (Mapping, dict),
    (Sequence | AbstractSet, list),
    (UUID, str),
)


def deep(value: Any) -> Any:
    """Return `value` and everything in it as FEEL values."""
    value = shallow(value)
    if isinstance(value, list):
        return [deep(item) for item in value]
    if isinstance(value, dict):
        return {str(key): deep(item) for key, item in value.items()}
    return value


def jsonable(value: Any) -> Any:
    """Return a FEEL value as JSON can hold it: whole numbers as int, others as float, dates and durations as text."""
    value = shallow(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [jsonable(item) for item in value]
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, Range):
        return {"start": jsonable(value.start), "end": jsonable(value.end)}
    if value is None or isinstance(value, bool | str):
        return value
    return text_of(value)


def kind(value: Any) -> str:
    """Return the FEEL name of the type of a (shallow) value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, datetime):
        return "date and time"
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    raise FeelError(_("a value of type %(name)s has no meaning in an expression"), name=type(value).__name__)


_KINDS: tuple[tuple[type, str], ...] = (
    (Decimal, "number"),
    (str, "string"),
    (date, "date"),
    (time, "time"),
    (timedelta, "days and time duration"),
    (Months, "years and months duration"),
    (list, "list"),
    (dict, "context"),
    (Range, "range"),
    (Function, "function"),
)


def text_of(value: Any) -> str:
    """Return a value as FEEL's `string()` writes it."""
    for types, write in _WRITERS:
        if isinstance(value, types):
            return write(value)
    return "null" if value is None else str(value)


def _number_text(value: Decimal) -> str:
    if value == value.to_integral_value() and abs(value) < Decimal(10) ** 34:
        return str(int(value))
    return format(value.normalize(), "f")


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else text_of(value)


def _duration_text(value: timedelta) -> str:
    sign = "-" if value < timedelta(0) else ""
    value = abs(value)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{seconds}S" if seconds else "")
    if not value.days and not clock:
        return "PT0S"
    return f"{sign}P{f'{value.days}D' if value.days else ''}{f'T{clock}' if clock else ''}"


def _moment_text(value: date | time) -> str:
    if not isinstance(value, datetime | time):
        return value.isoformat()
    text = value.replace(tzinfo=None).isoformat()
    if "." in text:
        text = text.rstrip("0")
    if isinstance(value.tzinfo, ZoneInfo):
        return f"{text}@{value.tzinfo.key}"
    offset = value.utcoffset()
    if offset is None:
        return text
    return f"{text}Z" if not offset else f"{text}{timezone(offset).tzname(None).removeprefix('UTC')}"


_WRITERS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (bool, lambda value: "true" if value else "false"),
    (Decimal, _number_text),
    (timedelta, _duration_text),
    (date | time, _moment_text),
    (list, lambda value: "[" + ", ".join(_quoted(shallow(item)) for item in value) + "]"),
    (dict, lambda value: "{" + ", ".join(f"{key}: {_quoted(shallow(item))}" for key, item in value.items()) + "}"),
)

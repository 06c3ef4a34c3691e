"""The properties of dates, times, durations and ranges (DMN 1.5, table 65): `open.year`, `span.start included`."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from quancheng.support.feel.engine.values import Months, Range


def _component(types: type | tuple[type, ...], read: Callable[[Any], int]) -> Callable[[Any], Decimal | None]:
    return lambda value: Decimal(read(value)) if isinstance(value, types) else None


def _years(value: Any) -> Decimal | None:
    if isinstance(value, Months):
        return Decimal(abs(value.count) // 12) * (-1 if value.count < 0 else 1)
    return None


def _months(value: Any) -> Decimal | None:
    if isinstance(value, Months):
        return Decimal(abs(value.count) % 12) * (-1 if value.count < 0 else 1)
    return None


def _span_part(size: int, within: int | None) -> Callable[[Any], Decimal | None]:
    def read(value: Any) -> Decimal | None:
        if not isinstance(value, timedelta):
            return None
        whole = int(abs(value).total_seconds()) // size
        part = whole % within if within else whole
        return Decimal(part) * (-1 if value < timedelta(0) else 1)

    return read


def _zone(value: Any) -> Any:
    return value.tzinfo if isinstance(value, datetime | time) else None


def _offset(value: Any) -> timedelta | None:
    return value.utcoffset() if isinstance(value, datetime | time) else None


PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "year": _component(date, lambda value: value.year),
    "month": _component(date, lambda value: value.month),
    "day": _component(date, lambda value: value.day),
    "weekday": _component(date, lambda value: value.isoweekday()),
    "hour": _component((datetime, time), lambda value: value.hour),
    "minute": _component((datetime, time), lambda value: value.minute),
    "second": _component((datetime, time), lambda value: value.second),
    "years": _years,
    "months": _months,
    "days": _span_part(86400, None),
    "hours": _span_part(3600, 24),
    "minutes": _span_part(60, 60),
    "seconds": _span_part(1, 60),
    "time offset": _offset,
    "timezone": lambda value: value.tzinfo.key if isinstance(_zone(value), zoneinfo.ZoneInfo) else None,
    "start": lambda value: value.start if isinstance(value, Range) else None,
    "end": lambda value: value.end if isinstance(value, Range) else None,
    "start included": lambda value: value.start_included if isinstance(value, Range) else None,
    "end included": lambda value: value.end_included if isinstance(value, Range) else None,
}

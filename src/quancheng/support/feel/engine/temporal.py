"""Reads and writes dates, times and durations in the forms of XML Schema, with time zones by offset or by name.

The years are those of Python's calendar, 1–9999; a text beyond them, like one that is no date, gives None.
"""

from __future__ import annotations

import calendar
import re
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from quancheng.support.feel.engine.values import Months

_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?P<time>T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d*)?)S)?)?"
)
_DATE = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
_TIME = (
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*)?"
)
_SHAPES = tuple(re.compile(shape, re.ASCII) for shape in (_DATE, f"{_DATE}T{_TIME}", _TIME))
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)(?::(\d\d))?")
_FURTHEST_OFFSET = timedelta(hours=18)


def duration(text: str) -> timedelta | Months | None:
    """Return the ISO 8601 duration in `text`; months and days do not mix in FEEL: such a text gives None."""
    match = _DURATION.fullmatch(text)
    if not match or text.endswith(("P", "T")):
        return None
    sign = -1 if match["sign"] else 1
    months, days_part = match["years"] or match["months"], match["days"] or match["time"]
    if months and days_part:
        return None
    if months:
        return Months(sign * (int(match["years"] or 0) * 12 + int(match["months"] or 0)))
    try:
        return sign * timedelta(
            days=int(match["days"] or 0),
            hours=int(match["hours"] or 0),
            minutes=int(match["minutes"] or 0),
            seconds=float(match["seconds"] or 0),
        )
    except OverflowError:
        return None


def plus_months(day: date, months: int) -> date:
    """Return `day` moved by whole months; the 31st becomes the last day of a shorter month. Works on datetimes too."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def temporal(text: str) -> date | datetime | time | timedelta | Months | None:
    """Return the date, time or duration written in `text`, or None."""
    if (found := duration(text)) is not None:
        return found
    for shape in _SHAPES:
        if match := shape.fullmatch(text):
            try:
                return _read(match.groupdict())
            except (ValueError, zoneinfo.ZoneInfoNotFoundError):
                return None
    return None


def _read(parts: dict[str, str | None]) -> date | datetime | time:
    day = date(int(parts["year"] or 0), int(parts["month"] or 0), int(parts["day"] or 0)) if "year" in parts else None
    if day is not None and "hour" not in parts:
        return day
    micro = int(f"{parts['fraction'] or '.0':0<7}"[1:7])
    zone = zone_of(parts["zone"]) if parts["zone"] else None
    if day is not None and parts["hour"] == "24" and parts["minute"] == parts["second"] == "00" and not micro:
        # The end of a day is the beginning of the next (XML Schema 1.1, 3.3.7).
        return datetime.combine(day + timedelta(days=1), time(tzinfo=zone))
    clock = time(int(parts["hour"] or 0), int(parts["minute"] or 0), int(parts["second"] or 0), micro, zone)
    return datetime.combine(day, clock) if day is not None else clock


def zone_of(text: str) -> tzinfo:
    """Return the zone written "Z", "+08:00" or "@Asia/Shanghai". :raises ValueError:"""
    if text == "Z":
        return UTC
    if text.startswith("@"):
        return zoneinfo.ZoneInfo(text[1:])
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise ValueError(text)
    size = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    if size > _FURTHEST_OFFSET or int(match[3]) > 59:
        raise ValueError(text)
    return timezone(-size if match[1] == "-" else size)

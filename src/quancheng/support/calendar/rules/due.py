"""When a period ends, and every day that was not counted on the way.

The day of the event is not counted: counting begins on the day after it. A pause lasts from the day after the notice of
suspension up to and including the day of resumption. Periods in calendar days or months that end on a day off end on
the next working day where the rule says so; periods in working days cannot.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from quancheng.support.calendar.rules.table import ONE_DAY, CalendarTable, DayKind, OutsideCalendar

# `Due` has a field called date, which would hide the type from the fields after it.
Day = date
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still from the day after `since` up to and including `until`; `until` None is still going on."""

    since: date
    until: date | None = None
    reason: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class ExcludedDay:
    """A day between start and end that is not counted. `kind` is weekend, holiday or pause; `reason` says it."""

    day: date
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Due:
    """When a period ends and how that came out. `working_days` are those from start to end without pauses."""

    date: date
    provisional: bool
    working_days: int
    excluded: tuple[ExcludedDay, ...] = ()
    rolled_from: Day | None = None
    rule: str = ""
    start: Day | None = None


def merged(pauses: Iterable[Pause], *, as_of: date) -> tuple[tuple[date, date], ...]:
    """Return the pauses as disjoint, ordered (since, until); overlapping ones count once, open ones last to `as_of`."""
    spans = sorted((pause.since, max(pause.since, pause.until or as_of)) for pause in pauses)
    found: list[tuple[date, date]] = []
    for since, until in spans:
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return tuple(found)


def due_date(
    table: CalendarTable,
    *,
    start: date,
    n: int,
    unit: str = "workday",
    pauses: Iterable[Pause] = (),
    as_of: date | None = None,
    direction: str = "after",
    roll: bool = True,
    rule: str = "",
    annual: tuple[int, int] | None = None,
) -> Due:
    """Return when `n` of `unit` (workday, day, month, year) after `start` end (or lie `before` it).

    For the unit annual it is the next `annual` (month, day) after `start`.
    `as_of` closes pauses that are still going on: the result then is the date if the clock resumed that day.

    :raises OutsideCalendar: when a working day is asked for outside the table. :raises ValueError: for an unknown unit.
    """
    pauses = tuple(pauses)
    spans = merged(pauses, as_of=as_of or start)
    sign = -1 if direction == "before" else 1
    end = table.add(start, sign * n) if unit == "workday" else _end_of(start, sign * n, unit, annual)
    for since, until in spans:
        begin = max(since, start)
        if sign > 0 and begin < end and until > begin:
            end = table.add(end, table.count(begin, until)) if unit == "workday" else end + (until - begin)
    rolled_from = None
    if unit != "workday" and roll and n and sign > 0 and not table.is_workday(end):
        rolled_from, end = end, table.next_workday(end)
    first, last = min(start, end), max(start, end)
    excluded = (
        ()
        if unit != "workday" and not spans
        else tuple(_excluded(table, first, last, spans=spans, pauses=pauses, workdays_only=unit == "workday"))
    )
    # A period in calendar days that does not move on needs no calendar: it may lie beyond it, and is certain.
    plain = unit != "workday" and not (roll and n and sign > 0)
    inside = not plain or (table.covers(first) and table.covers(last))
    cut = ((max(since, first), min(until, last)) for since, until in spans)
    paused = sum(table.count(since, until) for since, until in cut if since < until) if inside else 0
    return Due(
        date=end,
        provisional=not plain and not (table.announced(first) and table.announced(last)),
        working_days=table.count(first, last) - paused if inside else 0,
        excluded=excluded,
        rolled_from=rolled_from,
        rule=rule,
        start=start,
    )


def _end_of(start: date, n: int, unit: str, annual: tuple[int, int] | None) -> date:
    """Return the end of a period that does not count working days.

    :raises ValueError: for an unknown unit. :raises OutsideCalendar: for a year that no calendar has.
    """
    if unit not in ("day", "month", "year", "annual"):
        raise ValueError(f"unknown unit {unit!r}")
    try:
        if unit == "day":
            return start + timedelta(days=n)
        if unit == "annual" and annual:
            this = date(start.year, *annual)
            return this if this > start else date(start.year + 1, *annual)
        return _plus_months(start, n * (12 if unit == "year" else 1))
    except (OverflowError, ValueError) as error:
        raise OutsideCalendar(f"{n} {unit} from {start.isoformat()}") from error


def _plus_months(day: date, n: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def _excluded(
    table: CalendarTable,
    first: date,
    last: date,
    *,
    spans: tuple[tuple[date, date], ...],
    pauses: tuple[Pause, ...],
    workdays_only: bool,
) -> Iterable[ExcludedDay]:
    day = first + ONE_DAY
    while day <= last:
        paused = any(since < day <= until for since, until in spans)
        if paused:
            # An open pause reaches as far as its span; later days of it are still to come.
            reason = next((p.reason for p in pauses if p.since < day and (p.until is None or day <= p.until)), "")
            yield ExcludedDay(day, "pause", reason)
        elif workdays_only and not table.is_workday(day):
            kind = table.kind(day)
            yield ExcludedDay(day, kind.value, table.name(day) if kind is DayKind.HOLIDAY else WEEKDAYS[day.weekday()])
        day += ONE_DAY

"""Questions about days: the calendar of this site, and what is left until one."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path

from django.db.models import Count, Max
from django.utils import timezone

from quancheng.support.calendar import rules
from quancheng.support.calendar.config import config
from quancheng.support.calendar.models import CalendarDay, CalendarYear

FOLDER = Path(__file__).parents[1]


@cache
def _shipped() -> tuple[tuple[rules.YearTable, ...], tuple[tuple[int, int, str], ...]]:
    return rules.read_years(tomllib.loads((FOLDER / "holidays.toml").read_text(encoding="utf-8")))


def table() -> rules.CalendarTable:
    """Return the calendar of this site: the shipped years, overridden by those an administrator has loaded."""
    state = CalendarYear.objects.aggregate(at=Max("loaded_at"), number=Count("year"))
    return _table(state["at"], state["number"])


# Kept for as long as nothing is loaded; the arguments are what loading changes.
@lru_cache(maxsize=4)
def _table(_loaded_at: datetime | None, _number: int) -> rules.CalendarTable:
    return table_with(*loaded_years())


def loaded_years() -> tuple[rules.YearTable, ...]:
    """Return the years that were loaded here, oldest first."""
    days: dict[int, dict[str, dict[date, str]]] = {}
    for item in CalendarDay.objects.order_by("day"):
        days.setdefault(item.year_id, {}).setdefault(item.kind, {})[item.day] = item.name
    return tuple(
        rules.YearTable(
            year=row.year,
            off=days.get(row.year, {}).get(CalendarDay.Kind.OFF, {}),
            work=days.get(row.year, {}).get(CalendarDay.Kind.WORK, {}),
            announced=row.announced,
            document=row.document,
        )
        for row in CalendarYear.objects.order_by("year")
    )


def table_with(*years: rules.YearTable) -> rules.CalendarTable:
    """Return the shipped calendar with `years` in the place of its own: what loading them would give."""
    shipped, fixed = _shipped()
    return rules.CalendarTable({item.year: item for item in (*shipped, *years)}.values(), fixed=fixed)


def local_day(at: date | datetime) -> date:
    """Return the day of a moment in the city's time zone; a day is itself."""
    if isinstance(at, datetime):
        return timezone.localdate(at) if timezone.is_aware(at) else at.date()
    return at


def add_working_days(day: date, n: int) -> date:
    """Return the n-th working day after `day`, before it for a negative n."""
    return table().add(day, n)


def is_workday(day: date) -> bool:
    """Test whether `day` is worked."""
    return table().is_workday(day)


def remaining(due_on: date, today: date, calendar: rules.CalendarTable | None = None) -> int:
    """Return how many working days are left after `today`: 0 on the last day, negative when it is over."""
    return (calendar or table()).left(today, due_on)


def state(due_on: date, today: date, calendar: rules.CalendarTable | None = None) -> rules.State:
    """Return normal, near, warning or overdue for a due date."""
    return rules.state_of(
        remaining(due_on, today, calendar), near_days=config.near_days, warning_days=config.warning_days
    )


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that a notice makes another than it is now; `was` and `becomes` are kinds of days."""

    day: date
    was: rules.DayKind
    becomes: rules.DayKind
    name: str


def day_changes(year: rules.YearTable) -> tuple[DayChange, ...]:
    """Return which days would be of another kind if `year` were loaded, oldest first."""
    now, then = table(), table_with(*(item for item in loaded_years() if item.year != year.year), year)
    first = date(year.year, 1, 1)
    days = (first + timedelta(days=number) for number in range((date(year.year + 1, 1, 1) - first).days))
    return tuple(
        DayChange(day, was, becomes, then.name(day) or now.name(day))
        for day in days
        if (was := now.kind(day)) is not (becomes := then.kind(day))
    )

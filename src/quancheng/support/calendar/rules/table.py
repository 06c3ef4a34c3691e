"""The table of days: which are worked, which are not, and how sure that is."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

ONE_DAY = timedelta(days=1)


class DayKind(StrEnum):
    """What sort of day it is; a make-up workday is a Saturday or Sunday that is worked for a holiday."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"


class OutsideCalendar(ValueError):
    """A day before the first announced year, or so far ahead that nothing sensible can be said."""


@dataclass(frozen=True, slots=True)
class YearTable:
    """One year's notice: `off` and `work` map days to the name of the holiday. Not `announced`: a presumption."""

    year: int
    off: Mapping[date, str] = field(default_factory=dict)
    work: Mapping[date, str] = field(default_factory=dict)
    announced: bool = True
    document: str = ""


class CalendarTable:
    """All years from the first announced one to `horizon` years after the last; the years after it are provisional.

    `fixed` holds (month, day, name) of festivals with a fixed solar date: all that the law says of a year to come.
    Sums over the days are kept, so counting and adding working days cost a look-up and a bisection.
    """

    def __init__(
        self, years: Iterable[YearTable], *, fixed: Iterable[tuple[int, int, str]] = (), horizon: int = 12
    ) -> None:
        known = {year.year: year for year in years}
        if not known:
            raise OutsideCalendar("a calendar needs at least one year")
        announced = [number for number, year in known.items() if year.announced] or list(known)
        self.first_year = min(known)
        self.last_announced = max(announced)
        self.last_year = max(*known, self.last_announced + horizon)
        self._fixed = tuple(fixed)
        self._years = {
            number: known.get(number) or self._presumed(number) for number in range(self.first_year, self.last_year + 1)
        }
        self._origin = date(self.first_year, 1, 1)
        self._worked: list[bool] = []
        self._sums: list[int] = []
        total, day = 0, self._origin
        while day.year <= self.last_year:
            year = self._years[day.year]
            worked = day in year.work or (day.weekday() < 5 and day not in year.off)
            total += worked
            self._worked.append(worked)
            self._sums.append(total)
            day += ONE_DAY

    def _presumed(self, number: int) -> YearTable:
        off = {date(number, month, day): name for month, day, name in self._fixed}
        return YearTable(year=number, off=off, announced=False)

    @property
    def digest(self) -> str:
        """A fingerprint of everything that decides a date; it changes exactly when a notice does."""
        text = "\n".join(
            f"{day.isoformat()} {kind} {name} {year.announced}"
            for number, year in sorted(self._years.items())
            for kind, days in (("off", year.off), ("work", year.work))
            for day, name in sorted(days.items())
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def years(self) -> tuple[YearTable, ...]:
        """Return every year, oldest first, the provisional ones too."""
        return tuple(year for _, year in sorted(self._years.items()))

    def _index(self, day: date) -> int:
        index = (day - self._origin).days
        if not 0 <= index < len(self._sums):
            raise OutsideCalendar(f"{day.isoformat()} is outside {self.first_year}–{self.last_year}")
        return index

    def covers(self, day: date) -> bool:
        """Test whether the table knows `day`."""
        return 0 <= (day - self._origin).days < len(self._sums)

    def announced(self, day: date) -> bool:
        """Test whether the year of `day` has been announced."""
        self._index(day)
        return self._years[day.year].announced

    def is_workday(self, day: date) -> bool:
        """Test whether `day` is worked. :raises OutsideCalendar:"""
        return self._worked[self._index(day)]

    def kind(self, day: date) -> DayKind:
        """Return what sort of day `day` is. :raises OutsideCalendar:"""
        self._index(day)
        year = self._years[day.year]
        if day in year.work:
            return DayKind.MAKEUP
        if day in year.off:
            return DayKind.HOLIDAY
        return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKDAY

    def name(self, day: date) -> str:
        """Return the holiday that `day` belongs to (also for its make-up workday), or ""."""
        year = self._years.get(day.year)
        return (year.off.get(day) or year.work.get(day) or "") if year else ""

    def count(self, after: date, until: date) -> int:
        """Return how many working days lie after `after` up to and including `until`; negative when it is earlier."""
        return self._sums[self._index(until)] - self._sums[self._index(after)]

    def left(self, today: date, due_on: date) -> int:
        """Return how many working days are left after `today`: 0 on the last day, negative when it is over.

        A last day beyond the table has at least as many as the table knows.
        """
        found = self.count(today, min(due_on, self._origin + timedelta(days=len(self._sums) - 1)))
        # A late clock on a day off has the same count as on the last working day before it, but it is late.
        return min(found, -1) if today > due_on else found

    def add(self, day: date, n: int) -> date:
        """Return the n-th working day after `day` (before it for a negative n); `day` itself for 0.

        :raises OutsideCalendar: when the count leaves the table.
        """
        if n == 0:
            return day
        index = self._index(day)
        # The n-th working day is the first day on which the sum reaches its target.
        target = self._sums[index] + n if n > 0 else self._sums[index] - int(self._worked[index]) + n + 1
        found = bisect_left(self._sums, target)
        if target < 1 or found >= len(self._sums):
            raise OutsideCalendar(f"{n} working days from {day.isoformat()} leave {self.first_year}–{self.last_year}")
        return self._origin + timedelta(days=found)

    def next_workday(self, day: date) -> date:
        """Return `day` when it is worked, else the next day that is."""
        return day if self.is_workday(day) else self.add(day, 1)

"""Loading a year's notice, in the office where it is entered and in the zone that is told of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events as kernel
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import events, queries, rules
from quancheng.support.calendar.actions.clocks import redate
from quancheng.support.calendar.models import CalendarDay, CalendarYear


class PastYear(Refusal):
    code: ClassVar[str] = "calendar.past-year"
    message = _("Only the current year and later ones can be loaded; past dates stay as they were counted.")


def _of_year(*, year: rules.YearTable, **_others: object) -> pmi.Target:
    return pmi.Target(subjects=(f"calendar-year:{year.year}",))


@pmi.action("calendar.year.load", scope=_of_year)
def load_year(*, actor: pmi.Actor, year: rules.YearTable, at: datetime) -> int:
    """Load a year's notice, count every running clock again and return how many dates moved; the other zone is told.

    :raises PastYear: for a year that is over.
    """
    if year.year < queries.local_day(at).year:
        raise PastYear
    kernel.publish(
        events.YearLoaded(
            year=year.year,
            document=year.document,
            off={day.isoformat(): name for day, name in sorted(year.off.items())},
            work={day.isoformat(): name for day, name in sorted(year.work.items())},
        )
    )
    return _store(year, by=actor.name or actor.id, at=at)


def _told(*, data: Mapping[str, Any], **_others: object) -> pmi.Target:
    return pmi.Target(subjects=(f"calendar-year:{data['year']}",))


@pmi.action("calendar.year.receive", scope=_told)
def receive_year(*, actor: pmi.Actor, data: Mapping[str, Any], at: datetime) -> int:
    """Take over a year that was loaded in the other zone (`data` as in calendar.year-loaded). Safe to repeat."""
    off, work = ({date.fromisoformat(day): name for day, name in data[key].items()} for key in ("off", "work"))
    year = rules.YearTable(year=data["year"], off=off, work=work, document=data["document"])
    if year in queries.loaded_years():
        return 0
    return _store(year, by=actor.id, at=at)


def _store(year: rules.YearTable, *, by: str, at: datetime) -> int:
    row, _created = CalendarYear.objects.update_or_create(
        year=year.year,
        defaults={"document": year.document, "announced": True, "loaded_at": at, "loaded_by": by},
    )
    row.days.all().delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(day=day, year=row, kind=kind, name=name)
        for kind, days in ((CalendarDay.Kind.OFF, year.off), (CalendarDay.Kind.WORK, year.work))
        for day, name in days.items()
    )
    return redate(today=queries.local_day(at))

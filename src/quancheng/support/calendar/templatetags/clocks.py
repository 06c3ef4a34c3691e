"""Showing clocks: `{% load clocks %}{% why clock %}`, or include calendar/parts/why.html with a clock or its data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quancheng.support.calendar import public as calendar

register = template.Library()


@dataclass(frozen=True, slots=True)
class Run:
    """Days in a row that are left out for the same reason."""

    first: date
    last: date
    kind: str
    reason: str
    length: int


@register.filter
def as_clock(clock: Any) -> calendar.ClockView | None:
    """Return a clock, or the clock that data from the other zone describes as it looks today."""
    if isinstance(clock, calendar.ClockView):
        return clock
    return calendar.from_data(clock) if isinstance(clock, Mapping) else None


@register.filter
def runs(days: Iterable[calendar.ExcludedDay]) -> list[Run]:
    """Return excluded days joined into runs; a Saturday and its Sunday are one."""
    found: list[Run] = []
    for day in days or ():
        last = found[-1] if found else None
        near = last is not None and (day.day - last.last).days == 1 and day.kind == last.kind
        if last is not None and near and (day.kind == "weekend" or day.reason == last.reason):
            reason = last.reason if day.reason in last.reason else f"{last.reason}、{day.reason}"
            found[-1] = Run(last.first, day.day, last.kind, reason, last.length + 1)
        else:
            found.append(Run(day.day, day.day, day.kind, day.reason, 1))
    return found


@register.filter
def kind_in_words(kind: str) -> str:
    """Return why a day is left out, in a word."""
    return {"weekend": _("weekend"), "holiday": _("public holiday"), "pause": _("suspended")}.get(kind, kind)


@register.filter
def day_in_words(kind: str) -> str:
    """Return what sort of day it is."""
    words = {
        "workday": _("working day"),
        "weekend": _("weekend"),
        "holiday": _("day off"),
        "makeup": _("make-up workday"),
    }
    return words.get(kind, kind)


register.filter("titled", calendar.titled)


@register.filter
def silence_in_words(on_expiry: str) -> str:
    """Return what it means when a period passes."""
    return {
        "overdue": _("late"),
        "deemed-accepted": _("deemed accepted"),
        "deemed-renewed": _("deemed renewed"),
        "deemed-consent": _("deemed to consent"),
        "agency-decides": _("the agency decides by itself"),
        "lapse": _("the right lapses"),
        "suspended": _("suspended until made good"),
    }.get(on_expiry, on_expiry)


@register.filter
def period(days: int, unit: str) -> str:
    """Return a period in words: 20 working days."""
    if not days and unit != "annual":
        return _("until that very day")
    words = {
        "workday": ngettext("%(n)s working day", "%(n)s working days", days),
        "day": ngettext("%(n)s day", "%(n)s days", days),
        "month": ngettext("%(n)s month", "%(n)s months", days),
        "year": ngettext("%(n)s year", "%(n)s years", days),
        "annual": _("every year"),
    }
    return words.get(unit, "%(n)s") % {"n": days}


@register.inclusion_tag("calendar/parts/why.html")
def why(clock: Any) -> dict[str, Any]:
    """Show why a clock ends on its day. `clock` is a ClockView or its data."""
    return {"clock": clock}

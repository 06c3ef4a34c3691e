"""Questions about clocks: where they stand, why they end when they do, and what a notice would move."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.calendar import rules
from quancheng.support.calendar.config import config
from quancheng.support.calendar.models import Clock, ClockSegment
from quancheng.support.calendar.queries.days import loaded_years, remaining, state, table, table_with
from quancheng.support.calendar.queries.rulebook import due_of
from quancheng.support.calendar.queries.rulebook import rule as rule_of


class NoClock(Refusal):
    code: ClassVar[str] = "calendar.no-clock"
    message = _("No statutory period runs for this matter.")
    status = 404


def clock(subject: str, *, rule: str = "", today: date | None = None) -> rules.ClockView:
    """Return the clock of a subject: the open one, else the last stopped; with `rule`, that rule's. :raises NoClock:"""
    found = clocks(subject, rule=rule, today=today)
    if not found:
        raise NoClock
    return next((item for item in found if item.state is not rules.State.STOPPED), found[0])


def find_clock(subject: str, *, rule: str = "", today: date | None = None) -> rules.ClockView | None:
    """Return what `clock` returns, or None where none runs or ran."""
    try:
        return clock(subject, rule=rule, today=today)
    except NoClock:
        return None


def clocks(subject: str, *, rule: str = "", today: date | None = None) -> tuple[rules.ClockView, ...]:
    """Return every clock of a subject, the latest first."""
    rows = Clock.objects.filter(subject=subject).prefetch_related("segments").order_by("-started_on", "-due_on")
    if rule:
        rows = rows.filter(rule_code=rule)
    calendar = table()
    return tuple(view_of(row, today=today, calendar=calendar) for row in rows)


def clock_by_id(clock_id: UUID | str, *, today: date | None = None) -> rules.ClockView:
    """Return one clock. :raises NoClock:"""
    row = Clock.objects.filter(pk=clock_id).prefetch_related("segments").first()
    if row is None:
        raise NoClock
    return view_of(row, today=today)


def organisation_of(clock_id: UUID | str) -> str:
    """Return the path of the organisation that a clock binds, "" when it names none. :raises NoClock:"""
    found = Clock.objects.filter(pk=clock_id).values_list("organisation", flat=True).first()
    if found is None:
        raise NoClock
    return found


def clocks_due(subjects: list[str]) -> dict[str, rules.ClockView]:
    """Return the open clock that ends first for each of many subjects, in three SQL queries. For lists."""
    calendar = table()
    rows = Clock.objects.filter(subject__in=subjects).exclude(status=Clock.Status.STOPPED)
    found: dict[str, rules.ClockView] = {}
    for row in rows.prefetch_related("segments").order_by("due_on"):
        if row.subject not in found:
            found[row.subject] = view_of(row, calendar=calendar)
    return found


def from_data(data: Mapping[str, Any], *, today: date | None = None) -> rules.ClockView | None:
    """Return a clock that came as data from the other zone as it looks today; None for data of no clock."""
    if not data.get("due_on") or not data.get("started_on"):
        return None
    return rules.ClockView.from_data(data).seen_on(
        today or timezone.localdate(), table(), near_days=config.near_days, warning_days=config.warning_days
    )


def computed(
    row: Clock, segments: list[ClockSegment], *, today: date, calendar: rules.CalendarTable | None = None
) -> rules.Due:
    """Return when a stored clock ends, from its rule, its segments and today's calendar."""
    started_on, pauses, _restarted = _history(row, segments)
    return due_of(
        rule_of(row.rule_code, row.rule_version),
        start=started_on,
        days=row.days + row.extended,
        pauses=pauses,
        as_of=row.stopped_on or today,
        calendar=calendar,
    )


def promised(
    row: Clock, segments: list[ClockSegment], *, today: date, calendar: rules.CalendarTable | None = None
) -> date | None:
    """Return when a clock ends by the office's own promise, which pauses and restarts move as they move the law's."""
    if row.promised_days is None:
        return None
    started_on, pauses, _restarted = _history(row, segments)
    return due_of(
        rule_of(row.rule_code, row.rule_version),
        start=started_on,
        days=row.promised_days,
        pauses=pauses,
        as_of=row.stopped_on or today,
        calendar=calendar,
    ).date


@dataclass(frozen=True, slots=True)
class Move:
    """What loading a notice would do to one clock."""

    title: str
    subject: str
    was_due_on: date
    due_on: date


def moves(year: rules.YearTable, *, today: date) -> tuple[Move, ...]:
    """Return which open clocks would end on another day if `year` were loaded, the earliest first."""
    others = [item for item in loaded_years() if item.year != year.year]
    calendar = table_with(*others, year)
    found = []
    rows = Clock.objects.exclude(status=Clock.Status.STOPPED).prefetch_related("segments")
    for row in rows.order_by("due_on", "pk"):
        due_on = computed(row, list(row.segments.all()), today=today, calendar=calendar).date
        if due_on != row.due_on:
            found.append(Move(row.title, row.subject, row.due_on, due_on))
    return tuple(found)


def view_of(row: Clock, *, today: date | None = None, calendar: rules.CalendarTable | None = None) -> rules.ClockView:
    """Return a stored clock as people see it; one that is suspended shows the date as if it resumed today."""
    today, calendar = today or timezone.localdate(), calendar or table()
    segments = list(row.segments.all())
    legal = rule_of(row.rule_code, row.rule_version)
    started_on, pauses, restarted = _history(row, segments)
    shown = computed(row, segments, today=today, calendar=calendar)
    promised_due_on = promised(row, segments, today=today, calendar=calendar)
    # A stopped clock keeps the date it was stopped with, whatever was announced afterwards.
    due_on = row.due_on if row.status == Clock.Status.STOPPED else shown.date
    why = rules.Why(
        law=legal.law,
        article=legal.article,
        rule_title=legal.title,
        start_event=legal.start_event,
        started_on=started_on,
        days=row.days + row.extended,
        unit=legal.unit,
        extended=row.extended,
        basis=legal.basis,
        excluded=shown.excluded,
        pauses=pauses,
        restarted=restarted,
        on_expiry=legal.on_expiry,
        on_expiry_text=legal.on_expiry_text,
        rolled_from=shown.rolled_from,
        extensions=tuple(
            rules.Extension(item.since, item.days, item.reason, item.document)
            for item in segments
            if item.kind == ClockSegment.Kind.EXTENDED and row.extended
        ),
        version=legal.version,
        confirmed=legal.confirmed,
    )
    return rules.ClockView(
        id=str(row.pk),
        subject=row.subject,
        title=row.title,
        rule=row.rule_code,
        due_on=due_on,
        remaining_days=remaining(due_on, row.stopped_on or today, calendar),
        state=_state(row, due_on, today, calendar),
        provisional=row.provisional if row.status == Clock.Status.STOPPED else shown.provisional,
        why=why,
        today=today,
        stopped_on=row.stopped_on,
        promised_due_on=row.promised_due_on if row.status == Clock.Status.STOPPED else promised_due_on,
    )


def _state(row: Clock, due_on: date, today: date, calendar: rules.CalendarTable) -> rules.State:
    if row.status == Clock.Status.STOPPED:
        return rules.State.STOPPED
    # A pause that began after the last day moves nothing: the clock is late, not standing still.
    if row.status == Clock.Status.SUSPENDED and due_on >= today:
        return rules.State.SUSPENDED
    return state(due_on, today, calendar)


def _history(
    row: Clock, segments: list[ClockSegment]
) -> tuple[date, tuple[rules.Pause, ...], tuple[tuple[date, str], ...]]:
    """Return the day from which the clock counts now, the pauses since then, and its restarts."""
    restarts = [item for item in segments if item.kind == ClockSegment.Kind.RESET]
    last = restarts[-1] if restarts else None
    pauses = tuple(
        rules.Pause(item.since, item.until, item.reason, item.document)
        for item in segments
        if item.kind == ClockSegment.Kind.SUSPENDED and (last is None or item.pk > last.pk)
    )
    return last.since if last else row.started_on, pauses, tuple((item.since, item.reason) for item in restarts)

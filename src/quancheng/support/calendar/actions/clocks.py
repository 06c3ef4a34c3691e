"""What moves a clock.

Clocks start, stop and pause inside the actions of business systems, and an action inside an action is refused; so those
are plain functions: call them inside your action. They demand a transaction.
"""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events as kernel
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import events, queries, rules
from quancheng.support.calendar.config import config
from quancheng.support.calendar.models import Clock, ClockSegment
from quancheng.support.documents import public as documents


class ClockRuns(Refusal):
    code: ClassVar[str] = "calendar.clock-runs"
    message = _("This period runs already.")


class ClockStands(Refusal):
    code: ClassVar[str] = "calendar.clock-stands"
    message = _("This period is not in a state that allows this.")


class NotExtendable(Refusal):
    code: ClassVar[str] = "calendar.not-extendable"
    message = _("The law allows no such extension: at most %(most)s days, once.")


class TooLow(Refusal):
    """The law names somebody higher."""

    code: ClassVar[str] = "calendar.approver-too-low"
    message = _("By law only this level may extend the period: %(level)s.")
    status = 403


class NoNotice(Refusal):
    """The written approval, of which the applicant is told, comes before the extension."""

    code: ClassVar[str] = "calendar.no-notice"
    message = _("The approval and notice must be on file before the period is extended.")


def start_clock(
    *,
    rule: str,
    subject: str,
    started_at: date | datetime,
    title: str = "",
    days: int | None = None,
    promised_days: int | None = None,
    organisation: str = "",
) -> rules.ClockView:
    """Start the period of a legal rule for a subject such as "application:<uuid>". Call it inside your action.

    `days` overrides the rule's number (a shorter promise as the binding limit); `promised_days` is shown beside it.

    :raises ClockRuns: when a clock of this rule is open for the subject. :raises queries.UnknownRule:
    """
    started_on = queries.local_day(started_at)
    legal = queries.rule(rule, on=started_on)
    found = queries.due_of(legal, start=started_on, days=days)
    promised = queries.due_of(legal, start=started_on, days=promised_days) if promised_days is not None else None
    try:
        with transaction.atomic():
            row = Clock.objects.create(
                subject=subject,
                title=title or legal.title,
                rule_code=legal.code,
                rule_version=legal.version,
                organisation=organisation,
                started_on=started_on,
                days=legal.n if days is None else days,
                due_on=found.date,
                provisional=found.provisional,
                promised_days=promised_days,
                promised_due_on=promised.date if promised else None,
                table=queries.table().digest,
            )
    except IntegrityError:
        raise ClockRuns from None
    return queries.view_of(row, today=started_on)


def suspend(clock_id: UUID | str, *, at: date | datetime, reason: str, document: str = "") -> rules.ClockView:
    """Stop counting from the day after `at`. `reason` is a code of `grounds()` or words; `document` the notice.

    :raises ClockStands: unless the clock is running. :raises queries.NoClock:
    """
    row, day = _open(clock_id, Clock.Status.RUNNING), queries.local_day(at)
    words = queries.grounds().get(reason, reason)
    ClockSegment.objects.create(clock=row, kind=ClockSegment.Kind.SUSPENDED, since=day, reason=words, document=document)
    row.status = Clock.Status.SUSPENDED
    return _dated(row, today=day)


def resume(clock_id: UUID | str, *, at: date | datetime) -> rules.ClockView:
    """Count again from the day after `at`. :raises ClockStands: unless it is suspended. :raises queries.NoClock:"""
    row, day = _open(clock_id, Clock.Status.SUSPENDED), queries.local_day(at)
    pause = row.segments.get(kind=ClockSegment.Kind.SUSPENDED, until=None)
    pause.until = max(day, pause.since)
    pause.save(update_fields=["until"])
    row.status = Clock.Status.RUNNING
    return _dated(row, today=day)


def reset(clock_id: UUID | str, *, at: date | datetime, reason: str, document: str = "") -> rules.ClockView:
    """Start counting afresh with `at` as the start event; pauses before it no longer matter.

    :raises ClockStands: when the clock was stopped. :raises queries.NoClock:
    """
    row, day = _open(clock_id), queries.local_day(at)
    for pause in row.segments.filter(kind=ClockSegment.Kind.SUSPENDED, until=None):
        pause.until = max(day, pause.since)
        pause.save(update_fields=["until"])
    ClockSegment.objects.create(
        clock=row, kind=ClockSegment.Kind.RESET, since=day, until=day, reason=reason, document=document
    )
    row.status, row.expired_at, row.extended = Clock.Status.RUNNING, None, 0
    return _dated(row, today=day)


def extend(
    clock_id: UUID | str, *, at: date | datetime, days: int, reason: str, document: str, approver: pmi.Actor
) -> rules.ClockView:
    """Lengthen the period by what the law allows.

    `approver` must hold the privilege `calendar.extension.<level>` of the rule's level, or of a higher one, where the
    clock belongs; `document` is the digest of the approval and notice, which must have been kept before.

    :raises NotExtendable: when it is more than the rule allows, or was extended before.
    :raises TooLow: when the approver's level does not suffice. :raises NoNotice: when there is no such document.
    :raises ClockStands: when the period has ended, since what is over cannot be lengthened. :raises queries.NoClock:
    """
    row, day = _open(clock_id), queries.local_day(at)
    if row.status == Clock.Status.RUNNING and day > row.due_on:
        raise ClockStands
    legal = queries.rule(row.rule_code, row.rule_version)
    if row.extended or not 0 < days <= legal.extension_n:
        raise NotExtendable(most=legal.extension_n)
    levels = rules.levels_from(legal.extension_by)
    if not any(approver.may(f"calendar.extension.{level}", organisation=row.organisation) for level in levels):
        raise TooLow(level=legal.extension_level)
    if not documents.exists(document):
        raise NoNotice
    ClockSegment.objects.create(
        clock=row, kind=ClockSegment.Kind.EXTENDED, since=day, until=day, days=days, reason=reason, document=document
    )
    row.extended = days
    return _dated(row, today=day)


def stop(clock_id: UUID | str, *, at: date | datetime) -> rules.ClockView:
    """End the clock: what it waited for has been done. :raises ClockStands: when stopped before.

    :raises queries.NoClock:
    """
    row, day = _open(clock_id), queries.local_day(at)
    for pause in row.segments.filter(kind=ClockSegment.Kind.SUSPENDED, until=None):
        pause.until = max(day, pause.since)
        pause.save(update_fields=["until"])
    row.stopped_on = day
    view = _dated(row, today=day)
    row.status = Clock.Status.STOPPED
    row.save(update_fields=["status", "stopped_on"])
    return queries.clock_by_id(view.id, today=day)


def _open(clock_id: UUID | str, status: Clock.Status | None = None) -> Clock:
    """Return an open clock, locked. :raises ClockStands: when it is in another status."""
    row = Clock.objects.select_for_update().filter(pk=clock_id).first()
    if row is None:
        raise queries.NoClock
    if row.status == Clock.Status.STOPPED or (status and row.status != status):
        raise ClockStands
    return row


def _dated(row: Clock, *, today: date) -> rules.ClockView:
    """Count the last day again and store it."""
    segments, calendar = list(row.segments.all()), queries.table()
    found = queries.computed(row, segments, today=today, calendar=calendar)
    row.due_on, row.provisional, row.table = found.date, found.provisional, calendar.digest
    row.promised_due_on = queries.promised(row, segments, today=today, calendar=calendar)
    row.announced_state = rules.State.NORMAL
    row.save(
        update_fields=[
            "due_on",
            "promised_due_on",
            "provisional",
            "table",
            "status",
            "expired_at",
            "extended",
            "announced_state",
        ]
    )
    return queries.view_of(row, today=today)


def redate(*, today: date) -> int:
    """Count every open clock again that was counted with another calendar; return how many dates moved.

    Call it inside a transaction.
    """
    calendar = queries.table()
    moved = 0
    rows = Clock.objects.select_for_update().exclude(status=Clock.Status.STOPPED).exclude(table=calendar.digest)
    for row in rows.order_by("pk"):
        was, segments = row.due_on, list(row.segments.all())
        found = queries.computed(row, segments, today=today, calendar=calendar)
        row.due_on, row.provisional, row.table = found.date, found.provisional, calendar.digest
        row.promised_due_on = queries.promised(row, segments, today=today, calendar=calendar)
        row.save(update_fields=["due_on", "promised_due_on", "provisional", "table"])
        if was != row.due_on:
            moved += 1
            kernel.publish(events.ClockRedated(**_facts(row), was_due_on=was.isoformat(), provisional=row.provisional))
    return moved


def announce_due(*, at: datetime, most: int = 200) -> int:
    """Announce clocks whose end came near or passed, each state once; return how many. Idempotent.

    Each clock is its own transaction, so one that fails does not hold up the others.
    """
    today = queries.local_day(at)
    horizon = queries.add_working_days(today, config.near_days)
    running = Clock.objects.filter(status=Clock.Status.RUNNING, due_on__lte=horizon, expired_at=None)
    waiting = running.exclude(announced_state=rules.State.WARNING, due_on__gte=today).order_by("due_on", "pk")
    told = 0
    for pk in list(waiting.values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            told += _announce(pk, today=today, at=at)
    return told


def _announce(pk: UUID, *, today: date, at: datetime) -> int:
    row = Clock.objects.select_for_update().filter(pk=pk, status=Clock.Status.RUNNING, expired_at=None).first()
    if row is None:
        return 0
    state = queries.state(row.due_on, today)
    if state in (row.announced_state, rules.State.NORMAL):
        return 0
    row.announced_state = state
    if state is rules.State.OVERDUE:
        row.expired_at = at
        legal = queries.rule(row.rule_code, row.rule_version)
        kernel.publish(events.ClockExpired(**_facts(row), on_expiry=legal.on_expiry))
    else:
        left = queries.remaining(row.due_on, today)
        kernel.publish(events.ClockNear(**_facts(row), state=str(state), remaining_days=left))
    row.save(update_fields=["announced_state", "expired_at"])
    return 1


def _facts(row: Clock) -> dict[str, str]:
    return {
        "clock_id": str(row.pk),
        "subject": row.subject,
        "rule": row.rule_code,
        "title": row.title,
        "organisation": row.organisation,
        "due_on": row.due_on.isoformat(),
    }

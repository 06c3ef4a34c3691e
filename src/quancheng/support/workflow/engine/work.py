"""What the worker does: service tasks and timers, each in its own transaction, once in effect, safe to kill.

An attempt is counted before it is made, so that a handler which kills the worker does not do so for ever. The count is
also the fence: only the attempt that holds the newest number may store its effect.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import rules
from quancheng.support.workflow.config import config
from quancheng.support.workflow.engine import cases, decisions, rows, semantics, store
from quancheng.support.workflow.engine.handlers import CaseContext, handler
from quancheng.support.workflow.engine.rows import Line
from quancheng.support.workflow.models import Case, CaseEvent, Job, Pending, Timer

log = logging.getLogger(__name__)

KINDS = CaseEvent.Kind


class Superseded(Exception):
    """Another attempt at the same work has begun meanwhile; this one leaves no trace."""


def run_due(*, at: datetime) -> int:
    """Run what is due; return how many attempts were made."""
    return _round(Timer, at=at) + _round(Job, at=at)


def _round(model: type[Timer] | type[Job], *, at: datetime) -> int:
    due = model._default_manager.filter(state=Pending.State.WAITING, next_try_at__lte=at)
    return sum(_attempt(row, at=at) for row in due.order_by("next_try_at", "pk")[: config.batch])


def _attempt(row: Timer | Job, *, at: datetime) -> int:
    waiting = type(row)._default_manager.filter(pk=row.pk, state=Pending.State.WAITING)
    number = row.attempts + 1
    claimed = waiting.filter(attempts=row.attempts).update(
        attempts=number, next_try_at=at + timedelta(seconds=config.lease_seconds)
    )
    if not claimed:
        return 0
    try:
        with transaction.atomic():
            case = Case.objects.select_for_update().get(pk=row.case_id)
            if not waiting.filter(attempts=number).update(state=Pending.State.DONE, last_error=""):
                raise Superseded
            if isinstance(row, Job):
                _serve(case, row, at=at)
            else:
                line = Line(kind=KINDS.TIMER, at=at)
                cases.move(case, semantics.TimerFired(row.token, row.element_id), at=at, before=[line])
    except Superseded:
        log.info("%s was taken over by another attempt", row)
    except Exception as error:  # whatever a handler throws is shown to people, not only logged
        log.exception("attempt %s at %s failed", number, row)
        _failed(waiting.filter(attempts=number), row, number, error, at=at)
    return 1


def _serve(case: Case, job: Job, *, at: datetime) -> None:
    node = store.definition(case.digest).nodes[job.element_id]
    context = CaseContext(
        case_id=case.pk,
        token=job.token,
        element_id=node.id,
        name=node.label,
        key=case.key,
        subject=case.subject,
        title=case.title,
        organisation=case.organisation,
        variables=case.variables,
        at=at,
    )
    text = ""
    result: Mapping[str, Any] | None
    # A handler may use its app's actions; they become part of this transaction, as a message's delivery does.
    with pmi.delivery():
        if decisions.is_one(job.handler):
            result, text = decisions.decide(job.handler, context)
        else:
            result = handler(job.handler)(context)
    line = Line(kind=KINDS.SERVED, at=at, element_id=node.id, name=node.label, text=text)
    cases.move(case, semantics.Completed(job.token, store.merged(result)), at=at, before=[line])


def _failed(
    mine: models.QuerySet[Timer] | models.QuerySet[Job],
    row: Timer | Job,
    number: int,
    error: Exception,
    *,
    at: datetime,
) -> None:
    text = f"{type(error).__name__}: {error}"[:2000]
    with transaction.atomic():
        if number < config.attempts:
            wait = rules.pause(number, first=config.first_pause_seconds, longest=config.longest_pause_seconds)
            mine.update(last_error=text, next_try_at=at + timedelta(seconds=wait))
            return
        if mine.update(last_error=text, state=Pending.State.STUCK):
            case = Case.objects.get(pk=row.case_id)
            label = store.definition(case.digest).nodes[row.element_id].label
            line = Line(kind=KINDS.STUCK, at=at, element_id=row.element_id, name=label, text=text)
            rows.write([line], case_id=case.pk)

"""What the worker does: service tasks and timers, each in its own transaction, once in effect, safe to kill.

An attempt is counted before it is made, so that a handler which kills the worker does not do so for ever. The count is
also the fence: only the attempt that holds the newest number may store its effect.
"""

import logging
from datetime import datetime, timedelta

from django.db import models, transaction

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import rules
from quancheng.support.workflow.config import config
from quancheng.support.workflow.engine import cases, rows, semantics, serving, store
from quancheng.support.workflow.engine.handlers import BpmnError, CaseContext
from quancheng.support.workflow.engine.rows import Line
from quancheng.support.workflow.models import Case, CaseEvent, Job, Pending, SignalWait, Timer

log = logging.getLogger(__name__)

KINDS = CaseEvent.Kind


class Superseded(Exception):
    """Another attempt at the same work has begun meanwhile; this one leaves no trace."""


def run_due(*, at: datetime) -> int:
    """Run what is due; return how many attempts were made."""
    return sum(_round(model, at=at) for model in (Timer, SignalWait, Job))


def _round(model: type[Timer] | type[SignalWait] | type[Job], *, at: datetime) -> int:
    due = model._default_manager.filter(state=Pending.State.WAITING, next_try_at__lte=at)
    return sum(_attempt(row, at=at) for row in due.order_by("next_try_at", "pk")[: config.batch])


def _attempt(row: Timer | SignalWait | Job, *, at: datetime) -> int:
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
            if isinstance(row, Job) and serving.is_told(row):
                serving.tell(case, row)
            elif isinstance(row, Job):
                _serve(case, row, at=at)
            else:
                line = Line(kind=KINDS.TIMER if isinstance(row, Timer) else KINDS.SIGNAL, at=at)
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
        variables=store.variables_at(case, job.token),
        at=at,
    )
    try:
        # A handler may use its app's actions; they become part of this transaction, as a message's delivery does.
        with transaction.atomic(), pmi.delivery():
            result, text = serving.serve(job.handler, context)
    except BpmnError as error:
        cases.move(case, semantics.Failed(job.token, error.code, error.text), at=at, before=[])
        return
    line = Line(kind=KINDS.SERVED, at=at, element_id=node.id, name=node.label, text=text)
    cases.move(case, semantics.Completed(job.token, store.merged(result)), at=at, before=[line])


def _failed(
    mine: models.QuerySet[Timer] | models.QuerySet[SignalWait] | models.QuerySet[Job],
    row: Timer | SignalWait | Job,
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
            node = store.definition(case.digest).nodes.get(row.element_id)
            label = node.label if node else row.element_id
            line = Line(kind=KINDS.STUCK, at=at, element_id=row.element_id, name=label, text=text)
            rows.write([line], case_id=case.pk)

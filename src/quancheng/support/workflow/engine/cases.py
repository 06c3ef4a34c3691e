"""What moves a case. Plain transactional functions: business actions call them inside their own transaction.

They check the privilege of the task itself; the entry in the trail is the business action's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine import rows, semantics, store
from quancheng.support.workflow.engine.moves import history
from quancheng.support.workflow.engine.rows import Line
from quancheng.support.workflow.models import Case, CaseEvent, Task

KINDS = CaseEvent.Kind


class NoSuchProcess(Refusal):
    """No executable definition has this key."""

    code = "workflow.no-such-process"
    message = _("There is no process “%(key)s” that can be run.")
    status = 404


class NoSuchTask(Refusal):
    """There is no task with this number."""

    code = "workflow.no-such-task"
    message = _("There is no such task.")
    status = 404


class NoRunningCase(Refusal):
    """No case about this subject is running."""

    code = "workflow.no-running-case"
    message = _("No case about “%(subject)s” is running.")
    status = 404


class NoSuchCase(Refusal):
    """There is no case with this number."""

    code = "workflow.no-such-case"
    message = _("There is no such case.")
    status = 404


class CaseRunsAlready(Refusal):
    """A case of this process about this subject is running already."""

    code = "workflow.case-runs-already"
    message = _("A case about “%(subject)s” is running already.")


class TaskAlreadyDone(Refusal):
    """The task has been completed or withdrawn already."""

    code = "workflow.task-already-done"
    message = _("“%(name)s” has been dealt with already.")


class TaskClaimedByAnother(Refusal):
    """A colleague has taken the task on."""

    code = "workflow.task-claimed"
    message = _("“%(name)s” has been taken on by %(assignee)s.")


@dataclass(frozen=True, slots=True)
class CaseBrief:
    """A case after a move. `status` is RUNNING, COMPLETED or CANCELLED; `opened` are the ids of the tasks it opened."""

    id: int
    key: str
    subject: str
    status: str
    version: int
    opened: tuple[int, ...] = ()


@transaction.atomic
def start(
    *,
    key: str,
    subject: str,
    title: str,
    url: str = "",
    organisation: str = "",
    variables: Mapping[str, Any] | None = None,
    actor: pmi.Actor,
    at: datetime | None = None,
) -> CaseBrief:
    """Begin a case on the newest version of the process `key`.

    :raises NoSuchProcess: if there is none.
    :raises CaseRunsAlready: if one about `subject` is running.
    """
    at = at or timezone.now()
    found = rows.newest(key)
    if found is None or found[3]:
        raise NoSuchProcess(key=key)
    definition_id, digest, app_label, _viewing_only = found
    kept = store.merged(variables)
    row = {
        "definition_id": definition_id,
        "digest": digest,
        "key": key,
        "app_label": app_label,
        "subject": subject,
        "title": title,
        "url": url,
        "organisation": organisation,
        "variables": kept,
        "started_at": at,
    }
    inserted = rows.insert(Case, [row], unless_there=True)
    if not inserted:
        raise CaseRunsAlready(subject=subject)
    case = rows.HeldCase(inserted[0], digest, key, subject, organisation, Case.Status.RUNNING, 0, 0, kept, [])
    empty, cause = semantics.State(variables=kept), semantics.Begin()
    step = semantics.advance(store.definition(digest), empty, cause)
    begun = Line(kind=KINDS.STARTED, at=at, name=title, actor_id=actor.id, actor_name=actor.name)
    opened = store.save(case, step, at=at, before=[begun])
    history.keep(case, empty, step, cause)
    return brief(case, opened)


@transaction.atomic
def correlate(
    *,
    message: str,
    subject: str,
    variables: Mapping[str, Any] | None = None,
    actor: pmi.Actor | None = None,
    at: datetime | None = None,
) -> CaseBrief:
    """Give `message` to the running case about `subject` that waits for it; exactly one waiting event takes it.

    :raises NoRunningCase: if none is running.
    :raises NotWaiting: if none of them waits for this message; nothing is kept for later.
    """
    at = at or timezone.now()
    refusal: Refusal = NoRunningCase(subject=subject)
    for case in _running(subject):
        line = Line(kind=KINDS.MESSAGE, at=at, name=message)
        if actor:
            line.actor_id, line.actor_name = actor.id, actor.name
        try:
            return move(case, semantics.MessageArrived(message, store.merged(variables)), at=at, before=[line])
        except semantics.NotWaiting as not_waiting:
            refusal = not_waiting
    raise refusal


@transaction.atomic
def cancel(*, subject: str, actor: pmi.Actor, reason: str = "", key: str = "", at: datetime | None = None) -> CaseBrief:
    """Call off the running case about `subject`: its open tasks, timers and service tasks are withdrawn.

    :raises NoRunningCase: if none is running.
    """
    at = at or timezone.now()
    for case in _running(subject):
        if not key or case.key == key:
            step = semantics.advance(store.definition(case.digest), store.state(case), semantics.Cancel())
            store.save(case, step, at=at, closing={"actor_id": actor.id, "actor_name": actor.name, "text": reason})
            return brief(case)
    raise NoRunningCase(subject=subject)


def move(
    case: store.AnyCase, cause: semantics.Event, *, at: datetime, before: list[Line], task_id: int | None = None
) -> CaseBrief:
    """Advance a case that the caller holds, and store it; `task_id` is the task whose completion this is."""
    drawing, state = store.definition(case.digest), store.state(case)
    step = semantics.advance(drawing, state, cause)
    if step.caught:
        for line in before:
            line.element_id = step.caught
            line.name = drawing.nodes[step.caught].label
    opened = store.save(case, step, at=at, before=before)
    history.keep(case, state, step, cause, task_id=task_id)
    return brief(case, opened)


def held_task(task_id: int) -> Task:
    """Return a task and hold its case until the transaction ends. :raises NoSuchTask: if there is none."""
    case_id = Task.objects.filter(pk=task_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise NoSuchTask
    # The case first, then the task: so what is read of the task is what the last move left.
    case = Case.objects.select_for_update().get(pk=case_id)
    task = Task.objects.get(pk=task_id)
    task.case = case
    return task


def demand(actor: pmi.Actor, task: Task | rows.HeldTask) -> None:
    """Refuse unless the actor holds the task's privilege where the task belongs. :raises Forbidden:"""
    if not actor.may(task.privilege, organisation=task.organisation):
        raise pmi.Forbidden(privilege=task.privilege)


def brief(case: store.AnyCase, opened: tuple[int, ...] = ()) -> CaseBrief:
    """Return what leaves the app about a case after a move."""
    return CaseBrief(
        id=case.pk, key=case.key, subject=case.subject, status=case.status, version=case.version, opened=opened
    )


def _running(subject: str) -> list[Case]:
    return list(Case.objects.select_for_update().filter(subject=subject, status=Case.Status.RUNNING).order_by("pk"))

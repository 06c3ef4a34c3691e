"""The worklist's own moves, and what an administrator may do to a case.

Completing a task is not here: it happens inside the business app's own action, through `public.complete`. Any member of
staff may try to claim, but only who holds the task's own privilege at its organisation succeeds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import queries
from quancheng.support.workflow.engine import cases, migrating, rows
from quancheng.support.workflow.engine.rows import Line
from quancheng.support.workflow.models import Case, CaseEvent, Job, Pending, Task, Timer

KINDS = CaseEvent.Kind


class NotYours(Refusal):
    """The task is not assigned to the actor."""

    code = "workflow.not-yours"
    message = _("“%(name)s” is not assigned to you.")


class NotStuck(Refusal):
    """Nothing of the case is stuck."""

    code = "workflow.not-stuck"
    message = _("No automatic step of this case is stuck.")


def _of_task(*, task_id: int, **_wishes: object) -> pmi.Target:
    task = cases.held_task(task_id)
    return pmi.Target(organisation=task.organisation, subjects=(task.case.subject,))


def _of_case(*, case_id: int, **_wishes: object) -> pmi.Target:
    return queries.target(case_id=case_id)


@pmi.action("workflow.task.claim", scope=_of_task, open_to=("staff",))
def claim(*, actor: pmi.Actor, task_id: int, at: datetime | None = None) -> None:
    """Take a task on, so that no colleague does it too; claiming one's own task again changes nothing.

    :raises Forbidden: without the task's privilege at its organisation.
    :raises TaskAlreadyDone, TaskClaimedByAnother: if it is too late.
    """
    task = _workable(actor, task_id)
    if task.assignee == actor.id:
        return
    if task.assignee:
        raise cases.TaskClaimedByAnother(name=task.name, assignee=task.assignee_name)
    _assign(task, actor.id, actor.name, kind=KINDS.CLAIMED, actor=actor, at=at)


@pmi.action("workflow.task.release", scope=_of_task, open_to=("staff",))
def release(*, actor: pmi.Actor, task_id: int, at: datetime | None = None) -> None:
    """Give a task back to everyone who may do it. :raises NotYours: if the actor has not taken it on."""
    task = _workable(actor, task_id)
    if task.assignee != actor.id:
        raise NotYours(name=task.name)
    _assign(task, "", "", kind=KINDS.RELEASED, actor=actor, at=at)


@pmi.action("workflow.task.hand-over", scope=_of_task, open_to=("staff",))
def hand_over(
    *, actor: pmi.Actor, task_id: int, to_id: str, to_name: str, comment: str = "", at: datetime | None = None
) -> None:
    """Hand a task over to a colleague, who still needs the task's privilege to do it (转办).

    :raises TaskClaimedByAnother: if somebody else than the actor has taken it on.
    """
    task = _workable(actor, task_id)
    if task.assignee not in {"", actor.id}:
        raise cases.TaskClaimedByAnother(name=task.name, assignee=task.assignee_name)
    _assign(task, to_id, to_name, kind=KINDS.HANDED_OVER, actor=actor, at=at, text=f"→ {to_name} {comment}".strip())


@pmi.action("workflow.case.cancel", scope=_of_case)
def cancel_case(*, actor: pmi.Actor, case_id: int, reason: str, at: datetime | None = None) -> None:
    """Call off a running case as its administrator. :raises NoRunningCase: if it is not running."""
    case = Case.objects.get(pk=case_id)
    if case.status != Case.Status.RUNNING:
        raise cases.NoRunningCase(subject=case.subject)
    cases.cancel(subject=case.subject, key=case.key, actor=actor, reason=reason, at=at)


@pmi.action("workflow.case.retry", scope=_of_case)
def retry(*, actor: pmi.Actor, case_id: int, at: datetime | None = None) -> None:
    """Have the stuck automatic steps of a case tried again at once. :raises NotStuck: if there are none."""
    changes = {"state": Pending.State.WAITING, "attempts": 0, "next_try_at": at or timezone.now()}
    stuck = (model.objects.filter(case_id=case_id, state=Pending.State.STUCK) for model in (Job, Timer))
    if not sum(rows.update(**changes) for rows in stuck):
        raise NotStuck


def _of_cases(*, case_ids: Sequence[int], **_wishes: object) -> pmi.Target:
    found = Case.objects.filter(pk__in=case_ids).order_by("pk").values_list("subject", flat=True)
    return pmi.Target(subjects=tuple(found))


@pmi.action("workflow.case.migrate", scope=_of_cases)
def migrate_cases(
    *,
    actor: pmi.Actor,
    definition_id: int,
    case_ids: Sequence[int],
    elements: Mapping[str, str] | None = None,
    whole: bool = False,
    at: datetime | None = None,
) -> tuple[migrating.Move, ...]:
    """Take running cases over to another version and return what became of each; with `whole` all go or none.

    Cases at places where the actor may not do so are left out. `elements` maps ids of the old drawing to ids of the
    new one.

    :raises NotAVersion: if cases cannot run on it.
    :raises CannotMigrate: with `whole`, naming the first case that cannot go over.
    """
    version, at = migrating.target(definition_id), at or timezone.now()
    reach = pmi.visible(actor, "workflow.case.migrate", organisation="organisation")
    wanted = Case.objects.filter(reach, pk__in=list(case_ids)[: migrating.MOST]).order_by("pk")
    done = []
    for case_id in wanted.values_list("pk", flat=True):
        move = migrating.migrate(case_id, version, elements or {}, actor=actor, at=at)
        if whole and move.obstacles:
            raise migrating.CannotMigrate(title=move.title, why=move.obstacles[0])
        done.append(move)
    return tuple(done)


def _workable(actor: pmi.Actor, task_id: int) -> Task:
    task = cases.held_task(task_id)
    cases.demand(actor, task)
    task.refresh_from_db(fields=["state", "assignee", "assignee_name"])
    if task.state not in {Task.State.OPEN, Task.State.CLAIMED}:
        raise cases.TaskAlreadyDone(name=task.name)
    return task


def _assign(
    task: Task, to_id: str, to_name: str, *, kind: str, actor: pmi.Actor, at: datetime | None, text: str = ""
) -> None:
    task.state = Task.State.CLAIMED if to_id else Task.State.OPEN
    task.assignee, task.assignee_name = to_id, to_name
    task.save(update_fields=["state", "assignee", "assignee_name"])
    line = Line(
        kind=kind,
        at=at or timezone.now(),
        element_id=task.element_id,
        name=task.name,
        actor_id=actor.id,
        actor_name=actor.name,
        text=text,
    )
    rows.write([line], case_id=task.case_id)

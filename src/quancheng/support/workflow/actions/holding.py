"""Whose task it is: taken on, given back, handed on, lent, assigned.

Completing a task is not here: it happens inside the business app's own action, through `public.complete`.
"""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.actions import scopes
from quancheng.support.workflow.engine import cases
from quancheng.support.workflow.engine.moves import offers, standing
from quancheng.support.workflow.engine.moves.lines import line, tell_in
from quancheng.support.workflow.models import CaseEvent, Task
from quancheng.support.workflow.rules import Move

KINDS = CaseEvent.Kind


class NotYours(Refusal):
    """The task is not assigned to the actor."""

    code = "workflow.not-yours"
    message = gettext_lazy("“%(name)s” is not assigned to you.")


class HasItAlready(Refusal):
    """The person chosen has the task already."""

    code = "workflow.has-it-already"
    message = gettext_lazy("%(person)s has “%(name)s” already.")


@pmi.action("workflow.task.claim", scope=scopes.of_task, open_to=("staff",))
def claim(*, actor: pmi.Actor, task_id: int, at: datetime | None = None) -> None:
    """Take a task on, so that no colleague does it too (签收, 抢办); claiming one's own task again changes nothing.

    :raises Forbidden: without the task's privilege at its organisation, or barred from the matter.
    :raises TaskAlreadyDone, TaskClaimedByAnother: if it is too late.
    """
    task = scopes.again(task_id)
    cases.demand(actor, task)
    pmi.stand_apart(actor, task.privilege, standing.target(task))
    if task.assignee == actor.id and task.state == Task.State.CLAIMED:
        return
    offers.demand(actor, task, Move.CLAIM)
    _assign(task, actor.id, actor.name, kind=KINDS.CLAIMED, actor=actor, at=at)


@pmi.action("workflow.task.release", scope=scopes.of_task, open_to=("staff",))
def release(*, actor: pmi.Actor, task_id: int, at: datetime | None = None) -> None:
    """Give a task back to everyone who may do it; one that was lent, to the lender.

    :raises NotYours: if the actor has not taken it on.
    """
    task = scopes.again(task_id)
    if task.state not in offers.WAITING:
        raise cases.TaskAlreadyDone(name=task.name)
    if Move.RELEASE not in offers.offered(actor, task):
        raise NotYours(name=task.name)
    to, name = task.behalf_of, task.behalf_of_name
    _assign(task, to, name, kind=KINDS.RELEASED, actor=actor, at=at, to=name)
    if to:
        _tell(task, to, "given-back", at, who=actor.name)


@pmi.action("workflow.task.transfer", scope=scopes.of_task, open_to=("staff",))
def transfer(*, actor: pmi.Actor, task_id: int, to_id: str, comment: str = "", at: datetime | None = None) -> None:
    """Hand a task and its duty over to a colleague (转办): who had it is out.

    :raises NotEntitled, PersonRecused, PersonTookPart, UnknownPerson: if the colleague cannot be given it.
    :raises TaskAlreadyDone, TaskClaimedByAnother, MoveForbidden: if the actor cannot give it.
    """
    task = scopes.again(task_id)
    offers.demand(actor, task, Move.TRANSFER)
    to = _given(task, to_id)
    _assign(task, to.id, to.name, kind=KINDS.HANDED_OVER, actor=actor, at=at, to=to.name, comment=comment)
    _tell(task, to.id, "given", at, comment, who=actor.name)


@pmi.action("workflow.task.lend", scope=scopes.of_task, open_to=("staff",))
def lend(*, actor: pmi.Actor, task_id: int, to_id: str, comment: str = "", at: datetime | None = None) -> None:
    """Let a colleague do this one task in one's own name (委托一次); it is done under both names.

    :raises NotEntitled, PersonRecused, PersonTookPart, UnknownPerson: as for a transfer.
    """
    task = scopes.again(task_id)
    offers.demand(actor, task, Move.LEND)
    to = _given(task, to_id)
    lender, name = (task.assignee, task.assignee_name) if task.assignee else (actor.id, actor.name)
    task.behalf_of, task.behalf_of_name = lender, name
    _assign(task, to.id, to.name, kind=KINDS.LENT, actor=actor, at=at, to=to.name, comment=comment, lent=True)
    _tell(task, to.id, "entrusted", at, comment, who=name)


@pmi.action("workflow.task.call-in", scope=scopes.of_task, open_to=("staff",))
def call_in(*, actor: pmi.Actor, task_id: int, comment: str = "", at: datetime | None = None) -> None:
    """Take back a task that one has lent and that is not done yet. :raises MoveNotOpen: if one has not lent it."""
    task = scopes.again(task_id)
    offers.demand(actor, task, Move.CALL_IN)
    former = task.assignee
    _assign(task, actor.id, actor.name, kind=KINDS.CALLED_IN, actor=actor, at=at, comment=comment)
    _tell(task, former, "called-in", at, comment, who=actor.name)


@pmi.action("workflow.task.assign", scope=scopes.of_task)
def assign(*, actor: pmi.Actor, task_id: int, to_id: str, comment: str = "", at: datetime | None = None) -> None:
    """Give a task to somebody, whoever has it now (指派), as who divides the work at its place.

    :raises NotEntitled, PersonRecused, PersonTookPart, UnknownPerson: as for a transfer.
    """
    task = scopes.again(task_id)
    offers.demand(actor, task, Move.ASSIGN)
    to, former = _given(task, to_id), task.assignee
    _assign(task, to.id, to.name, kind=KINDS.ASSIGNED, actor=actor, at=at, to=to.name, comment=comment)
    _tell(task, to.id, "assigned", at, comment, who=actor.name)
    if former:
        _tell(task, former, "reassigned", at, who=actor.name, to_whom=to.name)


def _given(task: Task, to_id: str) -> pmi.Actor:
    to = standing.candidate(to_id, task)
    if task.assignee == to.id:
        raise HasItAlready(person=to.name, name=task.name)
    return to


def _assign(
    task: Task,
    to_id: str,
    to_name: str,
    *,
    kind: str,
    actor: pmi.Actor,
    at: datetime | None,
    to: str = "",
    comment: str = "",
    lent: bool = False,
) -> None:
    task.state = Task.State.CLAIMED if to_id else Task.State.OPEN
    task.assignee, task.assignee_name = to_id, to_name
    if not lent:
        task.behalf_of = task.behalf_of_name = ""
    task.save(update_fields=["state", "assignee", "assignee_name", "behalf_of", "behalf_of_name"])
    tell_in(task, line(kind, task, actor, at or timezone.now(), to=to, comment=comment))


def _tell(task: Task, to: str, kind: str, at: datetime | None, comment: str = "", **facts: str) -> None:
    standing.tell(to, task=task, kind=kind, at=at or timezone.now(), comment=comment, **facts)

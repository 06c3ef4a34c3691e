"""Signatures on a task: asked for, given, taken away; a decision upheld against an objection."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.actions import scopes
from quancheng.support.workflow.actions.holding import HasItAlready
from quancheng.support.workflow.engine import acting, cases
from quancheng.support.workflow.engine.moves import offers, signing, standing
from quancheng.support.workflow.engine.moves.lines import line, tell_in
from quancheng.support.workflow.models import CaseEvent, Signing, Task
from quancheng.support.workflow.rules import Move


class ReasonsMissing(Refusal):
    """An objection, and a decision that is upheld against one, give their reasons."""

    code = "workflow.reasons-missing"
    message = _("Give the reasons.")
    status = 422


@pmi.action("workflow.task.ask-signatures", scope=scopes.of_task, open_to=("staff",))
def ask_signatures(
    *,
    actor: pmi.Actor,
    task_id: int,
    to_ids: Sequence[str],
    when: str = Signing.When.BEFORE,
    rule: str = Signing.Rule.ALL,
    wanted: int = 0,
    serial: bool = False,
    comment: str = "",
    at: datetime | None = None,
) -> None:
    """Ask colleagues to sign a task (加签 of one, 会签 of several). Whoever had not taken it on has now.

    `when` and `rule` are values of Signing.When and Signing.Rule; with COUNT `wanted` have to agree; `serial`: one
    after the other in the order given.

    :raises NotEntitled, PersonRecused, PersonTookPart, UnknownPerson: if one of them cannot be asked.
    :raises BadSigners: for nobody, too many, or fewer than have to agree.
    """
    at = at or timezone.now()
    task = scopes.again(task_id)
    offers.demand(actor, task, Move(f"sign-{when.lower()}"))
    chosen = list(dict.fromkeys(to_ids))[: signing.MOST_SIGNERS + 1]
    people = [standing.candidate(person, task) for person in chosen]
    for one in people:
        if one.id in {actor.id, task.assignee}:
            raise HasItAlready(person=one.name, name=task.name)
    if task.state == Task.State.OPEN:
        task.state, task.assignee, task.assignee_name = Task.State.CLAIMED, actor.id, actor.name
        task.save(update_fields=["state", "assignee", "assignee_name"])
    signing.ask(task, actor, people, when=when, rule=rule, wanted=wanted, serial=serial, comment=comment, at=at)


@pmi.action("workflow.task.sign", scope=scopes.of_task, open_to=("staff",))
def sign(*, actor: pmi.Actor, task_id: int, agrees: bool, comment: str = "", at: datetime | None = None) -> None:
    """Sign a task that one is asked to sign, or object with reasons; the signature that decides moves a kept act on.

    :raises NotAsked: if it is not one's turn, or no longer needed.
    :raises Forbidden: if one has lost the privilege or is barred from the matter by now.
    :raises ReasonsMissing: for an objection without any.
    """
    at = at or timezone.now()
    task = scopes.again(task_id)
    signer = signing.asked(actor, task)
    if signer is None:
        raise signing.NotAsked(name=task.name)
    cases.demand(actor, task)
    pmi.stand_apart(actor, task.privilege, standing.target(task))
    if not agrees and not comment.strip():
        raise ReasonsMissing
    _go_on(signing.give(signer, task, actor, agrees=agrees, comment=comment, at=at), task, at)


@pmi.action("workflow.task.unsign", scope=scopes.of_task, open_to=("staff",))
def unsign(*, actor: pmi.Actor, task_id: int, to_id: str, comment: str = "", at: datetime | None = None) -> None:
    """Take away a signer who has not acted (减签). :raises NotAsked: if that person is none."""
    at = at or timezone.now()
    task = scopes.again(task_id)
    offers.demand(actor, task, Move.UNSIGN)
    found = offers.last_signing(task)
    if found is None:
        raise signing.NotAsked(name=task.name)
    _go_on(signing.remove(found, task, actor, to_id, comment=comment, at=at), task, at)


@pmi.action("workflow.task.uphold", scope=scopes.of_task, open_to=("staff",))
def uphold(*, actor: pmi.Actor, task_id: int, comment: str, at: datetime | None = None) -> None:
    """Carry out one's kept act although the signers did not agree, with reasons. :raises ReasonsMissing: without."""
    at = at or timezone.now()
    task = scopes.again(task_id)
    offers.demand(actor, task, Move.UPHOLD)
    found = offers.last_signing(task)
    if found is None or not found.held:
        raise signing.NotAsked(name=task.name)
    if not comment.strip():
        raise ReasonsMissing
    tell_in(task, line(CaseEvent.Kind.UPHELD, task, actor, at, comment=comment))
    acting.release_held(task.pk, found, at=at)


def _go_on(found: Signing, task: Task, at: datetime) -> None:
    if found.held and found.state in {Signing.State.PASSED, Signing.State.WITHDRAWN}:
        acting.release_held(task.pk, found, at=at)

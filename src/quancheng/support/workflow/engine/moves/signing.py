"""Signatures asked for on a task (加签, 会签): asked, given, taken away, settled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import rules
from quancheng.support.workflow.engine import rows, store
from quancheng.support.workflow.engine.moves import standing
from quancheng.support.workflow.engine.moves.lines import line, tell_in
from quancheng.support.workflow.models import CaseEvent, Signer, Signing, Task

KINDS, STATES, ASKS = CaseEvent.Kind, Signer.State, Signing.State
MOST_SIGNERS = 30


class NotAsked(Refusal):
    """The actor's signature is not asked for here, or not any more."""

    code = "workflow.signature-not-asked"
    message = gettext_lazy("Your signature on “%(name)s” is not asked for now.")


class WaitsForSignatures(Refusal):
    """The step has to wait until those asked before have signed."""

    code = "workflow.waits-for-signatures"
    message = gettext_lazy("“%(name)s” waits for the signatures of %(people)s.")


class ActedAlready(Refusal):
    """The holder has acted; the case goes on when the signatures are there."""

    code = "workflow.acted-already"
    message = gettext_lazy("“%(name)s” has been done and waits for the signatures of %(people)s.")


class BadSigners(Refusal):
    """Nobody, too many, or fewer than have to agree."""

    code = "workflow.bad-signers"
    message = gettext_lazy("Choose between one and %(most)s signers, and no more of them who have to agree.")
    status = 422


def ask(
    task: Task,
    actor: pmi.Actor,
    people: Sequence[pmi.Actor],
    *,
    when: str,
    rule: str,
    wanted: int,
    serial: bool,
    comment: str,
    at: datetime,
) -> Signing:
    """Ask for signatures on a task that the caller holds. :raises BadSigners:"""
    if not 1 <= len(people) <= MOST_SIGNERS or (rule == Signing.Rule.COUNT and not 1 <= wanted <= len(people)):
        raise BadSigners(most=MOST_SIGNERS)
    signing = Signing.objects.create(
        task=task, when=when, rule=rule, wanted=wanted if rule == Signing.Rule.COUNT else 0, serial=serial,
        asked_by=actor.id, asked_by_name=actor.name, comment=comment, asked_at=at,
    )  # fmt: skip
    Signer.objects.bulk_create(
        Signer(signing=signing, position=place, actor_id=one.id, actor_name=one.name)
        for place, one in enumerate(people)
    )
    Task.objects.filter(pk=task.pk).update(special=True)
    names = "、".join(one.name for one in people)
    tell_in(task, line(KINDS.SIGN_ASKED, task, actor, at, to=names, comment=comment))
    if when != Signing.When.AFTER:
        call(signing, at=at)
    return signing


def call(signing: Signing, *, at: datetime) -> None:
    """Ask those whose turn it is."""
    signers = list(signing.signers.order_by("position"))
    for place in rules.turn(serial=signing.serial, states=[one.state for one in signers]):
        signers[place].state = STATES.ASKED
        signers[place].save(update_fields=["state"])
        who, to = signing.asked_by_name, signers[place].actor_id
        standing.tell(to, task=signing.task, kind="sign", who=who, at=at, comment=signing.comment)


def asked(actor: pmi.Actor, task: Task) -> Signer | None:
    """Return the actor's place among those asked now, None when they are not."""
    found: Signer | None = Signer.objects.filter(
        signing__task=task, signing__state=ASKS.OPEN, actor_id=actor.id, state=STATES.ASKED
    ).first()
    return found if found and task.state in {Task.State.OPEN, Task.State.CLAIMED} else None


def give(signer: Signer, task: Task, actor: pmi.Actor, *, agrees: bool, comment: str, at: datetime) -> Signing:
    """Enter a signature; return its signing, settled if that decided it."""
    signer.state, signer.comment, signer.acted_at = STATES.AGREED if agrees else STATES.OBJECTED, comment, at
    signer.save(update_fields=["state", "comment", "acted_at"])
    tell_in(task, line(KINDS.AGREED if agrees else KINDS.OBJECTED, task, actor, at, comment=comment))
    return settle(signer.signing, task, at=at)


def remove(signing: Signing, task: Task, actor: pmi.Actor, person: str, *, comment: str, at: datetime) -> Signing:
    """Take away a signer who has not acted (减签); return the signing. :raises NotAsked: if there is none such."""
    signer = signing.signers.filter(actor_id=person, state__in=(STATES.WAITING, STATES.ASKED)).first()
    if signer is None:
        raise NotAsked(name=task.name)
    was_asked = signer.state == STATES.ASKED
    signer.state, signer.acted_at = STATES.REMOVED, at
    signer.save(update_fields=["state", "acted_at"])
    tell_in(task, line(KINDS.UNSIGNED, task, actor, at, to=signer.actor_name, comment=comment))
    if was_asked:
        standing.tell(person, task=task, kind="unsign", who=actor.name, at=at, comment=comment)
    return settle(signing, task, at=at)


def settle(signing: Signing, task: Task, *, at: datetime) -> Signing:
    """See whether the signatures decide, and ask who is next where they do not."""
    states = list(signing.signers.order_by("position").values_list("state", flat=True))
    outcome = rules.settled(signing.rule, signing.wanted, states)
    if not outcome:
        if signing.when != Signing.When.AFTER or signing.held:
            call(signing, at=at)
        return signing
    unacted = signing.signers.filter(state__in=(STATES.WAITING, STATES.ASKED))
    unacted.update(state=STATES.UNNEEDED, acted_at=at)
    signing.state, signing.settled_at = outcome, at
    signing.save(update_fields=["state", "settled_at"])
    words = str(Signing.State(outcome).label)
    tell_in(task, line(KINDS.SETTLED, task, None, at, comment=words))
    if task.assignee:
        standing.tell(task.assignee, task=task, kind="signed", outcome=Signing.State(outcome).label, at=at)
    return signing


def hold(signing: Signing, task: rows.HeldTask, actor: pmi.Actor, act: dict[str, Any], *, at: datetime) -> None:
    """Keep the holder's act until the signatures are there, and ask for those that were to come after it."""
    signing.held = act
    signing.save(update_fields=["held"])
    row = Task.objects.select_related("case").get(pk=task.pk)
    row.state, row.assignee = Task.State.CLAIMED, task.assignee or actor.id
    row.assignee_name = task.assignee_name or actor.name
    row.save(update_fields=["state", "assignee", "assignee_name"])
    tell_in(row, line(KINDS.HELD, row, actor, at, comment=act["comment"], behalf=act["behalf"][1]))
    call(signing, at=at)


def act_of(actor: pmi.Actor, variables: Any, comment: str, behalf: tuple[str, str]) -> dict[str, Any]:
    """Return an act as it is kept."""
    return {
        "variables": store.merged(variables),
        "comment": comment,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "behalf": list(behalf),
    }


def people(signing: Signing) -> str:
    """Return the names of those who have not acted yet."""
    unacted = signing.signers.filter(state__in=(STATES.WAITING, STATES.ASKED)).order_by("position")
    return "、".join(unacted.values_list("actor_name", flat=True))

"""Which moves are open to an actor at a task: the facts are gathered here, the decision is rules.offered."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import rules
from quancheng.support.workflow.engine import cases, store
from quancheng.support.workflow.engine.moves import history, standing
from quancheng.support.workflow.models import Case, CaseEvent, Circulation, Opening, Passage, Signer, Signing, Task
from quancheng.support.workflow.rules import Move

WAITING = (Task.State.OPEN, Task.State.CLAIMED)
UNSIGNED = (Signer.State.WAITING, Signer.State.ASKED)


class MoveForbidden(Refusal):
    """The drawing closes this move at this step."""

    code = "workflow.move-forbidden"
    message = _("The drawing does not allow this move at “%(name)s”.")


class MoveNotOpen(Refusal):
    """The move is not open to the actor now."""

    code = "workflow.move-not-open"
    message = _("This is not possible at “%(name)s” now: it is not yours, or it has moved on.")


def offered(actor: pmi.Actor, task: Task) -> frozenset[Move]:
    """Return the moves that are open to `actor` at `task` now; pages and actions ask alike."""
    return rules.offered(situation(actor, task))


def demand(actor: pmi.Actor, task: Task, move: Move) -> None:
    """Refuse unless `move` is open to `actor` at `task`, and say what stands against it.

    :raises MoveForbidden: :raises TaskAlreadyDone: :raises TaskClaimedByAnother: :raises Forbidden:
    :raises MoveNotOpen:
    """
    here = situation(actor, task)
    if move in rules.offered(here):
        return
    if move in here.closed:
        raise MoveForbidden(name=task.name)
    if move is not Move.TAKE_BACK and not here.waiting:
        raise cases.TaskAlreadyDone(name=task.name)
    if not here.entitled and not here.mine and not here.took_part:
        raise pmi.Forbidden(privilege=task.privilege)
    if task.assignee and not here.mine and move in {Move.CLAIM, Move.TRANSFER, Move.LEND, *rules.SIGNINGS}:
        raise cases.TaskClaimedByAnother(name=task.name, assignee=task.assignee_name)
    raise MoveNotOpen(name=task.name)


def situation(actor: pmi.Actor, task: Task) -> rules.Situation:
    """Return where `actor` stands towards `task`, as plain facts."""
    waiting = task.state in WAITING and task.case.status == Case.Status.RUNNING
    signing = last_signing(task)
    mine = bool(task.assignee) and (task.assignee == actor.id or task.assignee in standing.givers(actor, task))
    return rules.Situation(
        waiting=waiting,
        mine=mine,
        free=task.state == Task.State.OPEN,
        entitled=waiting and standing.entitled(actor, task),
        lent=waiting and bool(task.behalf_of),
        lender=waiting and task.behalf_of == actor.id,
        signing=signing.state if signing else "",
        unsigned=signing.signers.filter(state__in=UNSIGNED).exists() if signing else False,
        held=bool(signing and signing.held),
        returnable=waiting and bool(passed_steps(task)),
        retractable=not waiting and retractable(actor, task) is not None,
        took_part=took_part(actor, task),
        oversees=actor.may("workflow.case.read", task.organisation),
        manages=actor.may("workflow.task.assign", task.organisation),
        closed=closed(task),
    )


def closed(task: Task) -> frozenset[Move]:
    """Return the moves that the drawing closes at the task's step."""
    node = store.definition(task.case.digest).nodes.get(task.element_id)
    return rules.forbidden(node.moves) if node else frozenset()


def last_signing(task: Task) -> Signing | None:
    """Return the signing that counts: the newest that was not withdrawn."""
    found: Signing | None = (
        Signing.objects.filter(task=task).exclude(state=Signing.State.WITHDRAWN).order_by("-pk").first()
    )
    return found


def took_part(actor: pmi.Actor, task: Task) -> bool:
    """Test whether the actor began the case, did something in it, was asked to sign or sent it for reading."""
    return (
        CaseEvent.objects.filter(case_id=task.case_id, actor_id=actor.id).exclude(kind=CaseEvent.Kind.READ).exists()
        or Signer.objects.filter(signing__task__case_id=task.case_id, actor_id=actor.id).exists()
    )


def reads(actor: pmi.Actor, task: Task) -> bool:
    """Test whether the matter was sent to the actor for reading, and not recalled."""
    return Circulation.objects.filter(task__case_id=task.case_id, reader=actor.id, recalled_at=None).exists()


def passed_steps(task: Task) -> tuple[tuple[int, Task], ...]:
    """Return the steps to which the case can go back from `task`, the last one first, each with its passage.

    These are the steps without which this one would not be open, as they were done last, and nothing but people's work
    came of them.
    """
    passages = history.read(task.case_id)
    past = history.pasts(passages)
    needed = rules.causes(past, task.token)
    alive = set(task.case.tokens.values_list("number", flat=True))
    known = {item.pk: item for item in passages}
    done = [key for key in needed if known[key].task_id and not known[key].undone]
    found = [key for key in sorted(done, reverse=True) if history.undoable(task.case, passages, key, alive=alive)]
    tasks: dict[int | None, Task] = {
        row.pk: row for row in Task.objects.filter(pk__in=[known[key].task_id for key in found])
    }
    steps: dict[str, tuple[int, Task]] = {}
    for key in found:
        step = tasks[known[key].task_id]
        steps.setdefault(step.element_id, (key, step))
    return tuple(steps.values())


def retractable(actor: pmi.Actor, task: Task) -> int | None:
    """Return the passage by which `actor` did `task`, if it can still be taken back, else None.

    It can while nothing has come of it but steps that nobody else has opened, taken on or been given.
    """
    if task.state != Task.State.DONE or task.case.status != Case.Status.RUNNING:
        return None
    if actor.id not in {task.done_by, task.behalf_of}:
        return None
    own = Passage.objects.filter(task=task, undone=False).order_by("-pk").first()
    if own is None:
        return None
    passages = history.read(task.case_id)
    alive = set(task.case.tokens.values_list("number", flat=True))
    cone = history.undoable(task.case, passages, own.pk, alive=alive)
    if not cone or any(
        item.kind not in {"TASK", "JOIN"} or (item.kind == "TASK" and item.id != own.pk) for item in cone
    ):
        return None
    away, _back = rules.undone(cone)
    if Opening.objects.filter(task__in=_at(task, away)).exclude(actor_id=actor.id).exists():
        return None
    touched = _at(task, away).filter(Q(state="CLAIMED") & ~Q(assignee=actor.id) | Q(special=True))
    # An automatic step or a sub-process that has begun is no open step of somebody: it is not taken from a machine.
    machine = [node for node in _nodes(task, away) if node in _AUTOMATIC]
    return None if touched.exists() or machine else own.pk


_AUTOMATIC = frozenset({"SERVICE"})


def _at(task: Task, tokens: Iterable[int]):  # type: ignore[no-untyped-def]
    return Task.objects.filter(case_id=task.case_id, token__in=list(tokens))


def _nodes(task: Task, tokens: Iterable[int]) -> list[str]:
    nodes = store.definition(task.case.digest).nodes
    here = task.case.tokens.filter(number__in=list(tokens)).values_list("element_id", flat=True)
    return [str(nodes[name].kind) for name in here if name in nodes]

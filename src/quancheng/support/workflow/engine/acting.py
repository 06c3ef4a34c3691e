"""Doing a task: the one way by which people's work moves a case on, whatever was asked about the task before."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine import cases, rows, semantics, store, stride
from quancheng.support.workflow.engine.cases import CaseBrief, NoSuchTask, TaskAlreadyDone
from quancheng.support.workflow.engine.moves import history, hooks, offers, signing, standing
from quancheng.support.workflow.engine.rows import HeldTask, Line
from quancheng.support.workflow.models import Case, CaseEvent, Comeback, Passage, Signing, Task

KINDS = CaseEvent.Kind
Act = Mapping[str, Any]


def complete(
    *,
    actor: pmi.Actor,
    task_id: int,
    variables: Mapping[str, Any] | None = None,
    comment: str = "",
    at: datetime | None = None,
) -> CaseBrief:
    """Complete a task; `variables` are merged into the case's, which moves on.

    Where signatures are asked for at the same time or afterwards, the act is kept and the case moves on with the last
    of them.

    :raises Forbidden: if the actor does not hold the task's privilege at the task's organisation, or is barred.
    :raises TaskAlreadyDone: if it has been completed or withdrawn.
    :raises TaskClaimedByAnother: if a colleague has taken it on.
    :raises WaitsForSignatures: if signatures are to come before.
    :raises ActedAlready: if it was completed and waits for signatures.
    """
    at = at or timezone.now()
    seen = stride.look(task_id)
    if seen is None:
        raise NoSuchTask
    task, state = seen
    behalf = standing.demand(actor, task)
    act = signing.act_of(actor, variables, comment, behalf)
    return stride.take(task, state, act, at=at) or _held(actor, task_id, variables, comment, at=at)


@transaction.atomic
def _held(
    actor: pmi.Actor, task_id: int, variables: Mapping[str, Any] | None, comment: str, *, at: datetime
) -> CaseBrief:
    """Complete a task whose case is held before anything is decided."""
    task = rows.hold(task_id)
    if task is None:
        raise NoSuchTask
    behalf = standing.demand(actor, task)
    act = signing.act_of(actor, variables, comment, behalf)
    if task.special and (kept := _kept(task, actor, act, at=at)):
        return kept
    return carry_out(task, act, at=at)


def _kept(task: HeldTask, actor: pmi.Actor, act: dict[str, Any], *, at: datetime) -> CaseBrief | None:
    """Keep the act where signatures are outstanding; return None where it may be carried out."""
    row = Task.objects.get(pk=task.pk)
    if row.state not in offers.WAITING:
        raise TaskAlreadyDone(name=task.name)
    if row.assignee != task.assignee:
        raise store.CaseMovedOn
    found = offers.last_signing(row)
    if found is None or found.state != Signing.State.OPEN:
        return None
    if found.when == Signing.When.BEFORE:
        raise signing.WaitsForSignatures(name=task.name, people=signing.people(found))
    if found.held:
        raise signing.ActedAlready(name=task.name, people=signing.people(found))
    signing.hold(found, task, actor, act, at=at)
    return cases.brief(task.case)


def carry_out(task: HeldTask, act: Act, *, at: datetime) -> CaseBrief:
    """Do a held task and move its case on. :raises TaskAlreadyDone: if somebody was faster."""
    behalf = (act["behalf"][0], act["behalf"][1])
    # On PostgreSQL the task may have been read before the case was ours: the condition decides, not the reading.
    done = rows.finish(
        task, at=at, actor_id=act["actor_id"], actor_name=act["actor_name"], outcome=act["comment"], behalf=behalf
    )
    if not done:
        still = Task.objects.filter(pk=task.pk, state__in=offers.WAITING).exists()
        raise store.CaseMovedOn if still else TaskAlreadyDone(name=task.name)
    line = Line(
        kind=KINDS.DONE,
        at=at,
        element_id=task.element_id,
        name=task.name,
        actor_id=act["actor_id"],
        actor_name=act["actor_name"],
        behalf_of_name=behalf[1],
        text=act["comment"],
    )
    if task.special and (brief := _straight_back(task, act, at=at, line=line)):
        return brief
    cause = semantics.Completed(task.token, act["variables"])
    return cases.move(task.case, cause, at=at, before=[line], task_id=task.pk)


def release_held(task_id: int, found: Signing, *, at: datetime) -> CaseBrief:
    """Carry out the act that a settled signing kept."""
    task = rows.hold(task_id)
    if task is None:
        raise NoSuchTask
    act, found.held = found.held, {}
    found.save(update_fields=["held"])
    return carry_out(task, act, at=at)


def _straight_back(task: HeldTask, act: Act, *, at: datetime, line: Line) -> CaseBrief | None:
    """Put back what the sending back took away; None where none is kept or the case looks different by now."""
    kept = Comeback.objects.filter(task_id=task.pk).first()
    if kept is None:
        return None
    case = Case.objects.select_related("definition").get(pk=task.case.pk)
    state = store.state(case)
    own = state.tokens.get(task.token)
    others = [semantics.Token(*rest) for rest in kept.placed]
    if own is None or any(state.tokens.get(token.number) != token for token in others):
        # It goes on by the drawing, so that the steps between are to be done again after all.
        hooks.call(case, kept.undone, at=at)
        return None
    state = replace(state, variables={**case.variables, **act["variables"]})
    taken = [(number, element, scope, via) for number, element, scope, via in kept.taken]
    former = Passage.objects.filter(case=case, task__element_id=own.node, undone=True).order_by("pk").last()
    # What was taken away and what was put in its place change places again; the steps between stand as they were done.
    _placed, tasks = history.place(
        case,
        state,
        take=(own, *others),
        put=taken,
        at=at,
        before=[line],
        task_id=task.pk,
        left=(own,),
        passed=former.passed if former else (),
    )
    Passage.objects.filter(pk__in=kept.undone).update(undone=False)
    history.reconsider(case)
    for new, old in tasks:
        if old is not None and (holder := kept.holders.get(str(old.pk))):
            Task.objects.filter(pk=new.pk).update(state=Task.State.CLAIMED, assignee=holder[0], assignee_name=holder[1])
    return cases.brief(case, tuple(new.pk for new, _old in tasks))

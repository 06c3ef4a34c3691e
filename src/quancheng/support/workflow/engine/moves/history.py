"""Keeps which passage of a case came of which, and undoes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow import rules
from quancheng.support.workflow.engine import rows, store
from quancheng.support.workflow.engine.drawing import Definition, Kind, Node
from quancheng.support.workflow.engine.moves import hooks
from quancheng.support.workflow.engine.rows import Line
from quancheng.support.workflow.engine.semantics import Begin, Completed, Event, State, Step, TimerFired, Token
from quancheng.support.workflow.models import Case, Comeback, Passage, Task, Timer

BACK = "BACK"
WOVEN = "WOVEN"
_PASSING = frozenset({Kind.PASS, Kind.EXCLUSIVE})


class NothingToUndo(Refusal):
    """The history of the case does not lead back there, or an automatic step lies between."""

    code = "workflow.nothing-to-undo"
    message = _("The case cannot go back to this step.")


def keep(case: store.AnyCase, before: State, step: Step, cause: Event, *, task_id: int | None = None) -> None:
    """Store what `step` did to the tokens of `case`; with `task_id` it was people who did it."""
    rows.insert(Passage, passages(case, before, step, cause, task_id=task_id))


def passages(
    case: store.AnyCase, before: State, step: Step, cause: Event, *, task_id: int | None = None
) -> list[dict[str, Any]]:
    """Return what is kept of a step: its passage, or two where a step closed a join."""
    drawing = store.definition(case.digest)
    touched = (*step.left, *step.withdrawn, *step.opened)
    # Instances, undoing, called cases and event sub-processes are not put back: what led through them stands.
    woven = bool(step.changed or step.deaf) or any(
        token.role or token.data or drawing.nodes[token.node].kind is Kind.CALL for token in touched
    )
    if woven:
        kind = WOVEN
    elif isinstance(cause, Completed):
        kind = "TASK" if task_id else "SERVICE"
    else:
        kind = "TASK" if task_id else type(cause).__name__[:12].upper()
    past = rules.Past(
        id=0,
        kind=kind,
        gone=tuple(_rest(token) for token in (*step.left, *step.withdrawn)),
        new=tuple(_rest(token) for token in step.opened),
        reads=_reads(drawing, before, step, cause),
        passed=step.passed,
    )
    parts: tuple[rules.Past, ...] = (past,)
    if isinstance(cause, Completed) and len(past.gone) > 1:
        ways = {
            name: [(flow, drawing.flows[flow].target) for flow in node.outgoing] for name, node in drawing.nodes.items()
        }
        parts = rules.divided(
            past,
            begun=cause.token,
            ways=ways,
            passing={name for name, node in drawing.nodes.items() if node.kind in _PASSING},
            joins={name for name, node in drawing.nodes.items() if node.kind is Kind.PARALLEL},
        )
    return [_row(case.pk, part, task_id if number == 0 else None) for number, part in enumerate(parts)]


def _row(case_id: int, item: rules.Past, task_id: int | None) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "task_id": task_id,
        "kind": item.kind,
        "gone": item.gone,
        "new": item.new,
        "reads": item.reads,
        "passed": item.passed,
    }


def read(case_id: int) -> list[Passage]:
    """Return all passages of a case in order."""
    return list(Passage.objects.filter(case_id=case_id).order_by("pk"))


def pasts(passages: Sequence[Passage]) -> list[rules.Past]:
    """Return passages as plain values."""
    return [
        rules.Past(item.pk, item.kind, _rests(item.gone), _rests(item.new), tuple(item.reads), tuple(item.passed))
        for item in passages
    ]


def repeatable(case: store.AnyCase, passages: Sequence[Passage]) -> set[int]:
    """Return the passages of automatic steps that may run again."""
    nodes = store.definition(case.digest).nodes
    return {
        item.pk
        for item in passages
        if item.kind == "SERVICE" and item.gone and item.gone[0][1] in nodes and nodes[item.gone[0][1]].repeatable
    }


def _lasts(nodes: Mapping[str, Node], gone: Sequence[rules.Rest]) -> bool:
    return any(rest[1] in nodes and rules.lasting(nodes[rest[1]].moves) for rest in gone)


def undoable(
    case: store.AnyCase, passages: Sequence[Passage], first: int, *, alive: Collection[int]
) -> tuple[rules.Past, ...]:
    """Return all that came of the passage `first` if it can be undone, else nothing.

    `alive` are the tokens of the case. What came of it must be there still, and what is put back must stand in the
    drawing: a case may have gone over to another version, or have been moved by what is no passage.
    """
    cone = rules.cone(pasts(passages), first)
    if not rules.can_undo(cone, repeatable(case, passages)):
        return ()
    away, back = rules.undone(cone)
    nodes = store.definition(case.digest).nodes
    if any(item.kind == "TASK" and _lasts(nodes, item.gone) for item in cone):
        return ()
    whole = all(number in alive for number in away) and all(rest[1] in nodes for rest in back)
    return cone if away and whole else ()


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undoing did. `tasks` are the tasks it opened with those that were there before them (if any)."""

    placed: tuple[Token, ...]
    taken: tuple[Token, ...]
    tasks: tuple[tuple[Task, Task | None], ...]
    passages: tuple[int, ...]


def undo(case: Case, first: int, *, at: datetime, before: Sequence[Line], straight: bool = False) -> Undone:
    """Put a case that the caller holds into the state in which the passage `first` has not happened.

    The app undoes its entries of the steps undone. With `straight` those after `first` are to stand as they were done,
    so that their entries stay.

    :raises NothingToUndo: if something that cannot be undone came of it.
    """
    passages = read(case.pk)
    state = store.state(case)
    cone = undoable(case, passages, first, alive=state.tokens)
    if not cone:
        raise NothingToUndo
    away, back = rules.undone(cone)
    taken = tuple(state.tokens[number] for number in sorted(away))
    placed, tasks = place(case, state, take=taken, put=back, at=at, before=before)
    known = {item.pk: item for item in passages}
    gone = tuple(item.id for item in cone if not known[item.id].undone and item.kind != BACK)
    Passage.objects.filter(pk__in=gone).update(undone=True)
    reconsider(case)
    # Steps that were to stand until a matter came straight back, which it now does no more.
    away_back = Comeback.objects.filter(task__case=case, task__token__in=[token.number for token in taken])
    dropped = [key for kept in away_back.values_list("undone", flat=True) for key in kept]
    hooks.call(case, [*((first,) if straight else gone), *dropped], at=at)
    return Undone(placed, taken, tasks, gone)


def place(
    case: Case, state: State, *, take: Sequence[Token], put: Sequence[rules.Rest], at: datetime,
    before: Sequence[Line], task_id: int | None = None, left: tuple[Token, ...] = (), passed: Sequence[str] = (),
) -> tuple[tuple[Token, ...], tuple[tuple[Task, Task | None], ...]]:  # fmt: skip
    """Take tokens away and put others in place under new numbers, with the dates of their timers and tasks.

    `left` are those among the tokens to take that went on by themselves: their tasks are done, not withdrawn; `passed`
    is what they passed.
    """
    numbers: dict[int, int] = {}
    last, fresh = state.last, []
    for number, element, scope, via in put:
        last += 1
        numbers[number] = last
        fresh.append(Token(last, element, numbers.get(scope, scope), via))
    gone = {token.number for token in take}
    tokens = {number: token for number, token in state.tokens.items() if number not in gone}
    tokens |= {token.number: token for token in fresh}
    withdrawn = tuple(token for token in take if token not in left)
    step = Step(replace(state, tokens=tokens, last=last), opened=tuple(fresh), left=left, withdrawn=withdrawn)
    store.save(case, step, at=at, before=before)
    new = tuple(_rest(token) for token in fresh)
    past = rules.Past(0, "TASK" if task_id else BACK, tuple(_rest(token) for token in take), new, (), tuple(passed))
    rows.insert(Passage, [_row(case.pk, past, task_id)])
    former = {new: old for old, new in numbers.items()}
    _keep_timers(case, former)
    return tuple(fresh), _keep_dates(case, former)


def _keep_timers(case: Case, former: dict[int, int]) -> None:
    waiting = Timer.objects.filter(case=case, token__in=former, state=Timer.State.WAITING)
    for timer in waiting:
        old = Timer.objects.filter(case=case, token=former[timer.token], element_id=timer.element_id).first()
        if old:
            Timer.objects.filter(pk=timer.pk).update(due_at=old.due_at, next_try_at=old.due_at)


def _keep_dates(case: Case, former: dict[int, int]) -> tuple[tuple[Task, Task | None], ...]:
    tasks: dict[int, Task] = {task.token: task for task in case.tasks.filter(token__in=[*former, *former.values()])}
    found = []
    for new, old in former.items():
        if new in tasks:
            task, before = tasks[new], tasks.get(old)
            if before and before.due_on:
                task.due_on = before.due_on
                task.save(update_fields=["due_on"])
            found.append((task, before))
    return tuple(found)


def reconsider(case: Case) -> None:
    """Work out anew which elements are behind the case, from the passages that stand."""
    standing = Passage.objects.filter(case=case, undone=False).order_by("pk").values_list("passed", flat=True)
    known = list(dict.fromkeys(name for passed in standing for name in passed))
    former: list[Any] = Case.objects.values_list("passed", flat=True).get(pk=case.pk)
    case.passed = [name for name in former if name in known] + [name for name in known if name not in former]
    Case.objects.filter(pk=case.pk).update(passed=case.passed)


def _rest(token: Token) -> rules.Rest:
    return token.number, token.node, token.scope, token.via


def _rests(stored: Iterable[Sequence[Any]]) -> tuple[rules.Rest, ...]:
    return tuple((number, element, scope, via) for number, element, scope, via in stored)


def _reads(drawing: Definition, before: State, step: Step, cause: Event) -> tuple[int, ...]:
    """Return the tokens that a move needed and left: whose boundary event went off without interrupting them."""
    if step.left or step.withdrawn or isinstance(cause, Begin):
        return ()
    if isinstance(cause, TimerFired):
        return (cause.token,)
    host = drawing.nodes[step.caught].host if step.caught in drawing.nodes else ""
    return tuple(sorted(number for number, token in before.tokens.items() if token.node == host)[:1])

"""What a step of the engine means for tasks, service tasks, timers and waits of one case."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from quancheng.support.calendar import public as calendar
from quancheng.support.workflow.engine import expressions, rows
from quancheng.support.workflow.engine.drawing import Definition, Kind, Node, Trigger
from quancheng.support.workflow.engine.rows import HeldCase, Line
from quancheng.support.workflow.engine.semantics import Role, Status, Step, Token, known
from quancheng.support.workflow.models import Case, CaseEvent, Job, Pending, SignalWait, Task, Timer

KINDS = CaseEvent.Kind
SCOPES = frozenset({Kind.SUBPROCESS, Kind.EVENT_SUBPROCESS})
# A wait that nothing has set off yet lies here, so that the worker's round passes it by.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def awaited(drawing: Definition, token: Token) -> Iterator[Node]:
    """Yield the timers and signals that are waited for at a token, those of its inner event sub-processes included."""
    node = drawing.nodes[token.node]
    around: list[Node] = []
    if token.role in {Role.PLAIN, Role.MANY}:
        around = [drawing.nodes[item] for item in node.boundaries]
        if node.kind is Kind.CATCH:
            around.append(node)
        elif node.kind is Kind.EVENTS:
            around += [drawing.nodes[drawing.flows[flow].target] for flow in node.outgoing]
    if node.kind in SCOPES and token.works:
        around += drawing.starts(node.id)
    return (item for item in around if item.trigger in {Trigger.TIMER, Trigger.SIGNAL})


def withdraw(case_id: int, drawing: Definition, step: Step, *, at: datetime, lines: list[Line]) -> None:
    """Call off what no longer waits."""
    taken = [token for token in step.withdrawn if token.works]
    if tasks := [token.number for token in taken if drawing.nodes[token.node].kind is Kind.USER]:
        Task.objects.filter(case_id=case_id, token__in=tasks, state__in=["OPEN", "CLAIMED"]).update(
            state=Task.State.CANCELLED, assignee="", assignee_name="", done_at=at
        )
    for token in taken:
        node = drawing.nodes[token.node]
        if node.kind is Kind.USER:
            lines.append(Line(kind=KINDS.WITHDRAWN, at=at, element_id=node.id, name=node.label))
    if jobs := [token.number for token in taken if drawing.nodes[token.node].served]:
        Job.objects.filter(case_id=case_id, token__in=jobs).exclude(state="DONE").update(state=Job.State.CANCELLED)
    quiet: dict[Trigger, list[models.Q]] = {Trigger.TIMER: [], Trigger.SIGNAL: []}
    for token in (*step.left, *step.withdrawn):
        for trigger in {item.trigger for item in awaited(drawing, token)}:
            quiet[trigger].append(models.Q(token=token.number))
    ended = step.state.status is not Status.RUNNING and 0 not in step.deaf
    for scope in (*step.deaf, 0) if ended else step.deaf:
        inside = step.state.tokens[scope].node if scope in step.state.tokens else ""
        if scope and not inside:
            continue
        for item in drawing.starts(inside):
            if item.trigger in quiet:
                quiet[item.trigger].append(models.Q(token=scope, element_id=item.id))
    _silence(Timer, case_id, quiet[Trigger.TIMER])
    _silence(SignalWait, case_id, quiet[Trigger.SIGNAL])


def _silence(model: type[Timer] | type[SignalWait], case_id: int, wanted: list[models.Q]) -> None:
    if wanted:
        either = models.Q()
        for one in wanted:
            either |= one
        waiting = model._default_manager.filter(either, case_id=case_id).exclude(state="DONE")
        waiting.update(state=Pending.State.CANCELLED)


def open_work(
    case: Case | HeldCase, drawing: Definition, step: Step, *, at: datetime, lines: list[Line]
) -> tuple[int, ...]:
    """Open what the step asks for and return the numbers of the new tasks."""
    tasks, jobs = [], []
    waits: list[tuple[int, Node, Mapping[str, Any]]] = []
    state = step.state
    for token in step.opened:
        node = drawing.nodes[token.node]
        if token.role in {Role.DONE, Role.UNDOING}:
            continue
        variables = known(state.tokens, state.variables, token.number)
        waits += [(token.number, item, variables) for item in awaited(drawing, token)]
        if not token.works:
            continue
        place = {"case_id": case.pk, "token": token.number}
        if node.kind is Kind.USER:
            tasks.append(place | task_row(node, variables, case.organisation, at))
            lines.append(Line(kind=KINDS.OPENED, at=at, element_id=node.id, name=node.label))
        elif node.served:
            jobs.append(place | {"element_id": node.id, "handler": node.handler, "next_try_at": at})
    if step.begun:
        waits += [(0, item, state.variables) for item in drawing.starts("") if item.trigger in _WAITS]
    rows.insert(Job, jobs)
    if waits and state.status is Status.RUNNING:
        wait(case.pk, waits, at=at)
    return rows.insert(Task, tasks)


_WAITS = frozenset({Trigger.TIMER, Trigger.SIGNAL})


def wait(case_id: int, waits: Iterable[tuple[int, Node, Mapping[str, Any]]], *, at: datetime) -> None:
    """Set timers and wait for signals: (token, event, what is known there)."""
    timers, signals = [], []
    for token, node, variables in waits:
        row = {"case_id": case_id, "token": token, "element_id": node.id}
        if node.trigger is Trigger.TIMER:
            due_at = expressions.due_at(node, variables, now=timezone.localtime(at))
            timers.append(row | {"due_at": due_at, "next_try_at": due_at})
        else:
            signals.append(row | {"signal": node.event, "next_try_at": NEVER})
    rows.insert(Timer, timers)
    rows.insert(SignalWait, signals)


def told(drawing: Definition, step: Step, *, at: datetime) -> list[Line]:
    """Return the timeline's lines about errors, escalations, signals and undoing within the step."""
    notes: Sequence[tuple[str, str]] = step.notes
    lines = [
        Line(kind=KINDS(kind).value, at=at, element_id=element, name=drawing.nodes[element].label)
        for kind, element in notes
    ]
    if step.failure is not None:
        lines.append(Line(kind=KINDS.ERROR, at=at, name=step.failure))
    return lines


def task_row(node: Node, variables: Mapping[str, Any], organisation: str, at: datetime) -> dict[str, Any]:
    """Return what a new task at `node` says, its case and token aside."""
    return {
        "element_id": node.id,
        "name": node.label,
        "privilege": node.privilege,
        "organisation": expressions.organisation(node, variables, otherwise=organisation),
        "form": node.form,
        "due_on": _due_on(node, variables, at),
        "created_at": at,
    }


def _due_on(node: Node, variables: Mapping[str, Any], at: datetime) -> date | None:
    """Return when a step is due: after so many working days, or by a legal period. :raises UnknownRule:"""
    period = expressions.period(node, variables)
    return None if period is None else due_after(timezone.localdate(at), period)


def due_after(start: date, period: int | str) -> date:
    """Return the last day of so many working days, or of the legal period with a code. :raises UnknownRule:"""
    if isinstance(period, str):
        return calendar.due(rule=period, start=start).date
    return calendar.add_working_days(start, period)

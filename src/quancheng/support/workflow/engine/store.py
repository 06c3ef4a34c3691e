"""Carries a case between its rows and the pure engine, in as few statements as possible."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.events import plain
from quancheng.kernel.refusal import Refusal
from quancheng.support.calendar import public as calendar
from quancheng.support.workflow.engine import expressions, reader, rows
from quancheng.support.workflow.engine.drawing import Definition, Kind
from quancheng.support.workflow.engine.rows import HeldCase, Line
from quancheng.support.workflow.engine.semantics import State, Status, Step, Token
from quancheng.support.workflow.models import Case, CaseEvent, Job, Task, Timer
from quancheng.support.workflow.models import Definition as DefinitionRow
from quancheng.support.workflow.models import Token as TokenRow

KINDS = CaseEvent.Kind
AnyCase = Case | HeldCase


class CaseMovedOn(Refusal):
    """Somebody else moved the case in the meantime; nothing was changed."""

    code = "workflow.case-moved-on"
    message = _("The case has moved on in the meantime. Please look at it again.")


@lru_cache(maxsize=256)
def definition(digest: str) -> Definition:
    """Return the executable definition with this digest, read once: a drawing never changes under its digest."""
    row = DefinitionRow.objects.filter(digest=digest).order_by("pk").only("xml", "key").first()
    if row is None:
        raise DefinitionRow.DoesNotExist(digest)
    return reader.definition(row.xml, process=row.key)


def state(case: AnyCase) -> State:
    """Return the case as the engine sees it."""
    tokens = {row[0]: Token(*row) for row in rows.tokens(case.pk)}
    return State(tokens, case.variables, case.last_token, Status(case.status))


def save(
    case: AnyCase, step: Step, *, at: datetime, before: Iterable[Line] = (), closing: Mapping[str, Any] | None = None
) -> tuple[int, ...]:
    """Store `step` as the next state of `case` and return the numbers of the tasks it opened.

    `before` are the timeline's lines about what caused the step.
    `closing` holds facts for the line that tells the end, e.g. who called the case off. The caller is in a transaction
    and holds the case.

    :raises CaseMovedOn: if the case was moved since it was read.
    """
    drawing = definition(case.digest)
    _move_tokens(case, step)
    lines = list(before)
    _withdraw(case, drawing, step, at=at, lines=lines)
    opened = _open(case, drawing, step, at=at, lines=lines)
    _advance(case, step, at=at)
    if step.state.status is not Status.RUNNING:
        lines.append(Line(kind=step.state.status.value, at=at, **(closing or {})))
    rows.write(lines, case_id=case.pk)
    return opened


def _move_tokens(case: AnyCase, step: Step) -> None:
    gone = [token.number for token in (*step.left, *step.withdrawn)]
    new = [(token.number, token.node, token.scope, token.via) for token in step.opened]
    if len(gone) == 1 == len(new):
        # The common step, one token from one rest to the next, is one statement.
        rows.replace(case.pk, gone[0], new[0])
        return
    if gone:
        rows.drop(case.pk, gone)
    named = ("number", "element_id", "scope", "via")
    rows.insert(TokenRow, [dict(zip(named, item, strict=True), case_id=case.pk) for item in new])


def _withdraw(case: AnyCase, drawing: Definition, step: Step, *, at: datetime, lines: list[Line]) -> None:
    def of(tokens: Sequence[Token], *kinds: Kind) -> list[int]:
        return [token.number for token in tokens if drawing.nodes[token.node].kind in kinds]

    if tasks := of(step.withdrawn, Kind.USER):
        Task.objects.filter(case_id=case.pk, token__in=tasks, state__in=["OPEN", "CLAIMED"]).update(
            state=Task.State.CANCELLED, assignee="", assignee_name="", done_at=at
        )
    for token in step.withdrawn:
        node = drawing.nodes[token.node]
        if node.kind is Kind.USER:
            lines.append(Line(kind=KINDS.WITHDRAWN, at=at, element_id=node.id, name=node.label))
    if jobs := of(step.withdrawn, Kind.SERVICE):
        Job.objects.filter(case_id=case.pk, token__in=jobs).exclude(state="DONE").update(state=Job.State.CANCELLED)
    timed = [
        token.number
        for token in (*step.left, *step.withdrawn)
        if drawing.nodes[token.node].boundaries or drawing.nodes[token.node].kind is Kind.TIMER
    ]
    if timed:
        waiting = Timer.objects.filter(case_id=case.pk, token__in=timed).exclude(state="DONE")
        waiting.update(state=Timer.State.CANCELLED)


def _open(case: AnyCase, drawing: Definition, step: Step, *, at: datetime, lines: list[Line]) -> tuple[int, ...]:
    variables = step.state.variables
    tasks, jobs, timers = [], [], []
    for token in step.opened:
        node = drawing.nodes[token.node]
        place = {"case_id": case.pk, "token": token.number}
        if node.kind is Kind.USER:
            task = {
                "element_id": node.id,
                "name": node.label,
                "privilege": node.privilege,
                "organisation": expressions.organisation(node, variables, otherwise=case.organisation),
                "form": node.form,
                "due_on": _due_on(expressions.days(node, variables), at),
                "created_at": at,
            }
            tasks.append(place | task)
            lines.append(Line(kind=KINDS.OPENED, at=at, element_id=node.id, name=node.label))
        elif node.kind is Kind.SERVICE:
            jobs.append(place | {"element_id": node.id, "handler": node.handler, "next_try_at": at})
        for timed in (node, *(drawing.nodes[item] for item in node.boundaries)):
            if timed.kind in {Kind.TIMER, Kind.BOUNDARY_TIMER}:
                due_at = expressions.due_at(timed, variables, now=timezone.localtime(at))
                timers.append(place | {"element_id": timed.id, "due_at": due_at, "next_try_at": due_at})
    rows.insert(Job, jobs)
    rows.insert(Timer, timers)
    return rows.insert(Task, tasks)


def _due_on(days: int | None, at: datetime) -> Any:
    return None if days is None else calendar.add_working_days(timezone.localdate(at), days)


def _advance(case: AnyCase, step: Step, *, at: datetime) -> None:
    changes: dict[str, Any] = {"version": case.version + 1, "last_token": step.state.last}
    known = set(case.passed)
    if passed := [item for item in step.passed if item not in known]:
        changes["passed"] = case.passed + passed
    if step.state.variables != case.variables:
        changes["variables"] = step.state.variables
    if step.state.status is not Status.RUNNING:
        changes |= {"status": step.state.status.value, "ended_at": at}
    if not rows.advance(case.pk, case.version, changes):
        raise CaseMovedOn
    case.version, case.status = changes["version"], step.state.status.value


def merged(variables: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return `variables` as plain JSON values. :raises TypeError: for a value that JSON has no faithful form for."""
    return plain(variables or {})

"""A case that leaves nothing behind: what the engine really does with a drawing, step by step, then rolled back.

People's steps, automatic work, timers and messages are what the rehearsal is told; decisions are worked out for real.
The handlers of applications are not called: whoever rehearses says what they would bring back.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine import cases, decisions, deployment, semantics, serving, store
from quancheng.support.workflow.engine.drawing import MESSAGE, Trigger
from quancheng.support.workflow.engine.handlers import CaseContext
from quancheng.support.workflow.engine.rows import Line
from quancheng.support.workflow.engine.stage import stage
from quancheng.support.workflow.models import Case, CaseEvent, Job, Pending, SignalWait, Task, Timer

KINDS = CaseEvent.Kind
MOST_MOVES = 200
MOST_WORK = 500
MOST_WORK_IN_ALL = 2_000


class NoSuchMove(Refusal):
    """A move of the rehearsal meets nothing that waits for it."""

    code = "workflow.no-such-move"
    message = _("Nothing waits for this step any more; begin the test run again.")
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a rehearsed case waits for. `kind` is task, work, timer, signal or message; (`case`, `token`, `element`)
    name it in a move. `problem` says why a decision could not be worked out.
    """

    kind: str
    case: int
    token: int = 0
    element: str = ""
    name: str = ""
    process: str = ""
    privilege: str = ""
    organisation: str = ""
    form: str = ""
    handler: str = ""
    due_on: date | None = None
    due_at: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the rehearsal: `kind` as in a case's timeline, `title` its word."""

    kind: str
    title: str
    element: str
    name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Where a rehearsed case stands. `active` and `passed` are elements of the drawing itself; `stopped` is the number
    of the move that was refused, from 0, and why.
    """

    status: str
    variables: Mapping[str, Any]
    active: tuple[str, ...]
    passed: tuple[str, ...]
    waiting: tuple[Waiting, ...]
    happened: tuple[Happened, ...]
    stopped: tuple[int, str] | None = None
    at: datetime | None = None


@dataclass(slots=True)
class _Play:
    subject: str
    at: datetime
    problems: dict[tuple[int, int], str] = field(default_factory=dict)
    work_left: int = MOST_WORK_IN_ALL

    def cases(self) -> list[Case]:
        return list(Case.objects.filter(subject=self.subject).order_by("pk"))

    def case(self, number: Any) -> Case:
        found = self.cases()
        if not isinstance(number, int) or not 0 <= number < len(found):
            raise NoSuchMove
        return found[number]

    def move(self, case: Case, cause: semantics.Event, line: Line) -> None:
        cases.move(case, cause, at=self.at, before=[line])


def rehearse(
    xml: str,
    *,
    actor: pmi.Actor,
    at: datetime,
    moves: Sequence[Mapping[str, Any]] = (),
    variables: Mapping[str, Any] | None = None,
    organisation: str = "",
) -> Rehearsal:
    """Begin a case on a drawing that is not put to work, make `moves`, and return where it stands. Nothing is kept.

    A move is `{"do": "complete" | "serve" | "timer" | "signal" | "message", "case": n, "token": n, "element": id,
    "name": message, "variables": {…}, "error": code}`.

    :raises Refusal: as `deploy` and `start`, if no case can begin.
    """
    with stage():
        deployed = deployment.deploy("designer", xml)
        play = _Play(f"rehearsal:{uuid.uuid4()}", at)
        brief = cases.start(
            key=deployed.key, subject=play.subject, title=deployed.name, organisation=organisation,
            variables=variables, actor=actor, at=at,
        )  # fmt: skip
        _work(play)
        stopped = _make(play, moves)
        return _seen(play, brief.id, stopped)


def _make(play: _Play, moves: Sequence[Mapping[str, Any]]) -> tuple[int, str] | None:
    for number, move in enumerate(moves[:MOST_MOVES]):
        try:
            with transaction.atomic():
                _one(play, move)
                _work(play)
        except Refusal as refusal:
            return number, str(refusal)
    return None


def _one(play: _Play, move: Mapping[str, Any]) -> None:
    given = move.get("variables") or {}
    if not isinstance(given, Mapping):
        raise NoSuchMove
    case, token, element = play.case(move.get("case")), move.get("token"), str(move.get("element") or "")
    if not isinstance(token, int | None):
        raise NoSuchMove
    token = -1 if token is None else token
    match move.get("do"):
        case "complete":
            _complete(play, case, token, given)
        case "serve":
            _serve(play, case, token, given, str(move.get("error") or ""))
        case "timer":
            _fire(play, Timer, case, token, element)
        case "signal":
            _fire(play, SignalWait, case, token, element)
        case "message":
            name = str(move.get("name") or "")
            play.move(
                case,
                semantics.MessageArrived(name, store.merged(given)),
                Line(kind=KINDS.MESSAGE, at=play.at, name=name),
            )
        case _:
            raise NoSuchMove


def _complete(play: _Play, case: Case, token: int, given: Mapping[str, Any]) -> None:
    task = Task.objects.filter(case=case, token=token, state=Task.State.OPEN).first()
    if task is None:
        raise NoSuchMove
    Task.objects.filter(pk=task.pk).update(state=Task.State.DONE, done_at=play.at)
    line = Line(kind=KINDS.DONE, at=play.at, element_id=task.element_id, name=task.name)
    cause = semantics.Completed(task.token, store.merged(given))
    cases.move(case, cause, at=play.at, before=[line], task_id=task.pk)


def _serve(play: _Play, case: Case, token: int, given: Mapping[str, Any], error: str) -> None:
    job = Job.objects.filter(case=case, token=token, state=Pending.State.WAITING).first()
    if job is None:
        raise NoSuchMove
    _finish(play, case, job, store.merged(given), error=error)


def _finish(play: _Play, case: Case, job: Job, result: Mapping[str, Any], *, text: str = "", error: str = "") -> None:
    Job.objects.filter(pk=job.pk).update(state=Pending.State.DONE)
    if error:
        cases.move(case, semantics.Failed(job.token, error, ""), at=play.at, before=[])
        return
    label = store.definition(case.digest).nodes[job.element_id].label
    line = Line(kind=KINDS.SERVED, at=play.at, element_id=job.element_id, name=label, text=text)
    play.move(case, semantics.Completed(job.token, result), line)


def _fire(play: _Play, model: type[Timer] | type[SignalWait], case: Case, token: int, element: str) -> None:
    rows = model._default_manager.filter(case=case, token=token, element_id=element, state=Pending.State.WAITING)
    row = rows.first()
    if row is None:
        raise NoSuchMove
    rows.update(state=Pending.State.DONE)
    if isinstance(row, Timer):
        play.at = max(play.at, row.due_at)
    line = Line(kind=KINDS.TIMER if isinstance(row, Timer) else KINDS.SIGNAL, at=play.at)
    play.move(case, semantics.TimerFired(row.token, element), line)


def _work(play: _Play) -> None:
    """Do what needs nobody: work decisions out, send messages into the void, tell callers, hear signals."""
    for _round in range(min(MOST_WORK, play.work_left)):
        play.work_left -= 1
        if not any(_automatic(play, job) for job in _jobs(play)) and not _heard(play):
            return


def _jobs(play: _Play) -> Iterator[Job]:
    yield from Job.objects.filter(case__subject=play.subject, state=Pending.State.WAITING).order_by("pk")


def _heard(play: _Play) -> bool:
    """Give a signal that was raised to what waits for it in the rehearsed cases."""
    waits = SignalWait.objects.filter(case__subject=play.subject, state=Pending.State.WAITING, next_try_at__lte=play.at)
    row = waits.order_by("pk").select_related("case").first()
    if row is None:
        return False
    SignalWait.objects.filter(pk=row.pk).update(state=Pending.State.DONE)
    cause = semantics.TimerFired(row.token, row.element_id)
    play.move(Case.objects.get(pk=row.case_id), cause, Line(kind=KINDS.SIGNAL, at=play.at))
    return True


def _automatic(play: _Play, job: Job) -> bool:
    case = Case.objects.get(pk=job.case_id)
    if serving.is_told(job):
        Job.objects.filter(pk=job.pk).update(state=Pending.State.DONE)
        serving.tell(case, job)
        return True
    if job.handler.startswith(MESSAGE):
        _finish(play, case, job, {})
        return True
    if not decisions.is_one(job.handler):
        return False
    node = store.definition(case.digest).nodes[job.element_id]
    context = CaseContext(
        case_id=case.pk, token=job.token, element_id=node.id, name=node.label, key=case.key, subject=case.subject,
        title=case.title, organisation=case.organisation, variables=store.variables_at(case, job.token), at=play.at,
    )  # fmt: skip
    try:
        result, text = decisions.decide(job.handler, context)
    except Refusal as refusal:
        play.problems[case.pk, job.token] = str(refusal)
        return False
    _finish(play, case, job, result, text=text)
    return True


def _seen(play: _Play, main: int, stopped: tuple[int, str] | None) -> Rehearsal:
    found = play.cases()
    own = next(case for case in found if case.pk == main)
    waiting = [item for number, case in enumerate(found) for item in _waiting(play, number, case)]
    lines = CaseEvent.objects.filter(case__subject=play.subject).order_by("pk")
    return Rehearsal(
        status=own.status,
        variables=own.variables,
        active=tuple(
            dict.fromkeys(own.tokens.exclude(role="done").order_by("number").values_list("element_id", flat=True))
        ),
        passed=tuple(own.passed),
        waiting=tuple(waiting),
        happened=tuple(
            Happened(row.kind, row.get_kind_display(), row.element_id, row.name, row.text, row.at) for row in lines
        ),
        stopped=stopped,
        at=play.at,
    )


def _waiting(play: _Play, number: int, case: Case) -> Iterator[Waiting]:
    if case.status != Case.Status.RUNNING:
        return
    drawing = store.definition(case.digest)
    place: dict[str, Any] = {"case": number, "process": drawing.name}
    for task in Task.objects.filter(case=case, state=Task.State.OPEN).order_by("pk"):
        yield Waiting(
            kind="task", token=task.token, element=task.element_id, name=task.name, privilege=task.privilege,
            organisation=task.organisation, form=task.form, due_on=task.due_on, **place,
        )  # fmt: skip
    for job in Job.objects.filter(case=case, state=Pending.State.WAITING).order_by("pk"):
        name, problem = drawing.nodes[job.element_id].label, play.problems.get((case.pk, job.token), "")
        yield Waiting(
            kind="work",
            token=job.token,
            element=job.element_id,
            name=name,
            handler=job.handler,
            problem=problem,
            **place,
        )
    for timer in Timer.objects.filter(case=case, state=Pending.State.WAITING).order_by("due_at", "pk"):
        name = drawing.nodes[timer.element_id].label
        yield Waiting(
            kind="timer", token=timer.token, element=timer.element_id, name=name, due_at=timer.due_at, **place
        )
    for wait in SignalWait.objects.filter(case=case, state=Pending.State.WAITING).order_by("pk"):
        yield Waiting(kind="signal", token=wait.token, element=wait.element_id, name=wait.signal, **place)
    names = {node.event: node.id for node in drawing.nodes.values() if node.trigger is Trigger.MESSAGE and node.event}
    for name, element in names.items():
        try:
            semantics.advance(drawing, store.state(case), semantics.MessageArrived(name))
        except semantics.NotWaiting:
            continue
        except Refusal:
            pass  # it waits; what comes after it needs variables that are given with the message
        yield Waiting(kind="message", element=element, name=name, **place)

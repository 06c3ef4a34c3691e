"""Runs a drawing over what a finished case left: its variables, what was done in it, and how long each thing took.

The clock is that of the case: it begins when the case did, and people's steps take as long as they took, in the order
in which they were done there. A step that was not done in the case takes what it takes others (`usual`), or no time.
Automatic steps take no time; decisions are made anew. Variables are those with which the case ended, since earlier ones
are not kept: a choice made on what was changed later may come out otherwise, even on the case's own version.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow.engine import decisions, expressions, semantics
from quancheng.support.workflow.engine.drawing import ACTIVITIES, ENDS, Definition, Kind, Node, Trigger
from quancheng.support.workflow.engine.semantics import State, Status, Step, Token

MOST_MOVES = 400
WORK = frozenset({Kind.USER, Kind.SERVICE, Kind.CALL})

Decide = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
# The last day of so many working days, or of the legal period with a code, after a day.
Due = Callable[[date, int | str], date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a finished case left. `took` are the times each step took, in order; `passed` the elements behind it."""

    variables: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime
    took: Mapping[str, Sequence[timedelta]]
    passed: frozenset[str]
    missed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a drawing makes of a past case. `stopped` says why it did not come to an end, empty where it did.

    `steps` are the activities that were gone through, `ends` the end events, `missed` the steps that would have been
    done after their date, `unknown` those of which nobody knows how long they take.
    """

    steps: frozenset[str]
    ends: frozenset[str]
    lasted: timedelta
    missed: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    stopped: str = ""


@dataclass(slots=True)
class _Run:
    """A case while it is run again. `queue` holds (moment, order, token, event element or empty)."""

    definition: Definition
    past: Past
    usual: Mapping[str, timedelta]
    decide: Decide
    due: Due
    now: datetime
    state: State
    queue: list[tuple[datetime, int, int, str]] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    dues: dict[int, date] = field(default_factory=dict)


def replay(definition: Definition, past: Past, *, usual: Mapping[str, timedelta], decide: Decide, due: Due) -> Replayed:
    """Return what `definition` makes of a past case; nothing is raised for what the drawing cannot do with it."""
    run = _Run(definition, past, usual, decide, due, past.started_at, State(variables=dict(past.variables)))
    stopped = ""
    try:
        _follow(run, semantics.advance(definition, run.state, semantics.Begin()))
        for _move in range(MOST_MOVES):
            if run.state.status is not Status.RUNNING or not _next(run):
                break
    except Refusal as refusal:
        stopped = str(refusal)
    if not stopped and run.state.status is Status.RUNNING:
        stopped = ", ".join(sorted({definition.nodes[token.node].label for token in run.state.tokens.values()}))
    nodes = [definition.nodes[name] for name in run.passed if name in definition.nodes]
    return Replayed(
        steps=frozenset(node.id for node in nodes if node.kind in ACTIVITIES),
        ends=frozenset(node.id for node in nodes if node.kind in ENDS and not node.scope),
        lasted=run.now - past.started_at,
        missed=frozenset(run.missed),
        unknown=frozenset(run.unknown),
        stopped=stopped,
    )


def _follow(run: _Run, step: Step) -> None:
    run.state = step.state
    run.passed.update(step.passed)
    for token in step.opened:
        if token.role in {semantics.Role.DONE, semantics.Role.UNDOING}:
            continue
        for moment, element in _expected(run, token, run.definition.nodes[token.node]):
            heappush(run.queue, (moment, token.number, token.number, element))


def _expected(run: _Run, token: Token, node: Node) -> list[tuple[datetime, str]]:
    """Return what is going to happen at a token that has come to rest, and when."""
    found: list[tuple[datetime, str]] = []
    known = semantics.known(run.state.tokens, run.state.variables, token.number)
    if token.works and (node.kind in WORK or node.served):
        found.append((run.now + _length(run, node), ""))
        if node.kind is Kind.USER and (period := expressions.period(node, known)) is not None:
            run.dues[token.number] = run.due(run.now.date(), period)
    events = [run.definition.nodes[item] for item in node.boundaries]
    if node.kind is Kind.CATCH:
        events.append(node)
    elif node.kind is Kind.EVENTS:
        events += [run.definition.nodes[run.definition.flows[flow].target] for flow in node.outgoing]
    for event in events:
        if event.trigger is Trigger.TIMER:
            found.append((expressions.due_at(event, known, now=run.now), event.id))
        elif event.trigger in {Trigger.MESSAGE, Trigger.SIGNAL} and (event is node or event.id in run.past.passed):
            # What came from outside comes again; when it came is not known, so it comes at once.
            found.append((run.now, event.id))
    return found


def _length(run: _Run, node: Node) -> timedelta:
    if node.kind is not Kind.USER:
        return timedelta()
    number = run.times.get(node.id, 0)
    run.times[node.id] = number + 1
    known = run.past.took.get(node.id, ())
    if known:
        return known[min(number, len(known) - 1)]
    if node.id in run.usual:
        return run.usual[node.id]
    run.unknown.add(node.id)
    return timedelta()


def _next(run: _Run) -> bool:
    """Let happen what comes next; tell whether there was anything."""
    while run.queue:
        moment, _order, number, element = heappop(run.queue)
        token = run.state.tokens.get(number)
        if token is None:
            continue
        node = run.definition.nodes[token.node]
        run.now = max(run.now, moment)
        if element:
            try:
                _follow(run, semantics.advance(run.definition, run.state, semantics.TimerFired(number, element)))
            except semantics.NotWaiting:
                continue
            return True
        brought: Mapping[str, Any] = {}
        if decisions.is_one(node.handler):
            brought = run.decide(node.handler, semantics.known(run.state.tokens, run.state.variables, number))
        if number in run.dues and run.now.date() > run.dues[number]:
            run.missed.add(node.id)
        _follow(run, semantics.advance(run.definition, run.state, semantics.Completed(number, brought)))
        return True
    return False

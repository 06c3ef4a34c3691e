"""What BPMN means: a pure function from (definition, state, event) to the next state and what has to be done about it.

Tokens rest where something outside must happen: at tasks, catch events, sub-processes and joins. Everything else they
pass at once. Deterministic: the same arguments give the same step. Semantics: BPMN 2.0.2, chapter 13.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow.engine import expressions
from quancheng.support.workflow.engine.drawing import Definition, Kind, Node

# Passing more nodes than this without a rest means that a loop waits for nobody.
MAX_PASSES = 5_000


class Status(StrEnum):
    """How a case stands."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Token:
    """A token at rest. `scope` is the number of the token that waits at the enclosing sub-process, 0 at the top.

    `via` is the flow by which it arrived, kept for joins.
    """

    number: int
    node: str
    scope: int = 0
    via: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """A case between two events. `last` is the highest number given to a token so far."""

    tokens: Mapping[int, Token] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    last: int = 0
    status: Status = Status.RUNNING


@dataclass(frozen=True, slots=True)
class Begin:
    """A case begins."""


@dataclass(frozen=True, slots=True)
class Completed:
    """The work at a task is done; `variables` are merged into the case's."""

    token: int
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer of `token` went off: `element` is the catch event itself or a boundary event of the token's node."""

    token: int
    element: str


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """A message came in; exactly one waiting token takes it, the oldest."""

    message: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cancel:
    """The case is called off."""


Event = Begin | Completed | TimerFired | MessageArrived | Cancel


@dataclass(frozen=True, slots=True)
class Step:
    """The state after an event, and its effects in the order in which they came about.

    `opened` tokens came to rest, `left` ones went on, `withdrawn` ones were taken away unfinished. `passed` are the ids
    of nodes and flows that are behind the case now. `caught` is the event element a message or timer was taken by.
    """

    state: State
    opened: tuple[Token, ...] = ()
    left: tuple[Token, ...] = ()
    withdrawn: tuple[Token, ...] = ()
    passed: tuple[str, ...] = ()
    caught: str = ""


class NotWaiting(Refusal):
    """Nothing in the case waits for this event (any more)."""

    code = "workflow.not-waiting"
    message = _("The case does not wait for this (%(what)s).")


class NoWayOut(Refusal):
    """No condition of an exclusive gateway holds and it has no default flow."""

    code = "workflow.no-way-out"
    message = _("No branch of “%(id)s” applies to this case.")


class RunsInCircles(Refusal):
    """A loop in the drawing waits for nothing."""

    code = "workflow.runs-in-circles"
    message = _("The drawing runs in circles at “%(id)s”.")


def advance(definition: Definition, state: State, event: Event) -> Step:
    """Return what `event` makes of `state`.

    :raises NotWaiting: if nothing waits for the event, e.g. a task that is already done.
    :raises NoWayOut: if a gateway finds no branch.
    :raises RunsInCircles: if the drawing loops without waiting.
    """
    game = _Game(definition, state)
    match event:
        case Begin():
            game.pass_by(definition.nodes[definition.start], 0)
        case Completed(number, variables):
            game.variables.update(variables)
            game.leave(game.token(number, Kind.USER, Kind.SERVICE))
        case TimerFired(number, element):
            game.fire(number, definition.nodes[element])
        case MessageArrived(message, variables):
            game.variables.update(variables)
            game.receive(message)
        case Cancel():
            game.withdraw(lambda _token: True)
            game.status = Status.CANCELLED
    return game.play()


class _Game:
    """One move, worked out on copies."""

    def __init__(self, definition: Definition, state: State) -> None:
        if state.status is not Status.RUNNING:
            raise NotWaiting(what=str(state.status))
        self.definition, self.last = definition, state.last
        self.status: Status = state.status
        self.tokens, self.variables = dict(state.tokens), dict(state.variables)
        self.opened: dict[int, Token] = {}
        self.left: list[Token] = []
        self.withdrawn: list[Token] = []
        self.passed: list[str] = []
        self.caught = ""
        self.moving: deque[tuple[str, int]] = deque()  # (flow, scope)
        self.alive = Counter(token.scope for token in self.tokens.values())

    def token(self, number: int, *kinds: Kind) -> Token:
        found = self.tokens.get(number)
        if found is None or self.definition.nodes[found.node].kind not in kinds:
            raise NotWaiting(what=str(number))
        return found

    def play(self) -> Step:
        passes = 0
        while self.moving:
            flow_id, scope = self.moving.popleft()
            flow = self.definition.flows[flow_id]
            self.passed.append(flow_id)
            self.alive[scope] -= 1
            self.arrive(self.definition.nodes[flow.target], scope, flow_id)
            passes += 1
            if passes > MAX_PASSES:
                raise RunsInCircles(id=flow.target)
        if self.status is Status.RUNNING and not self.tokens:
            self.status = Status.COMPLETED
        return Step(
            State(self.tokens, self.variables, self.last, self.status),
            opened=tuple(self.opened.values()),
            left=tuple(self.left),
            withdrawn=tuple(self.withdrawn),
            passed=tuple(dict.fromkeys(self.passed)),
            caught=self.caught,
        )

    def arrive(self, node: Node, scope: int, via: str) -> None:
        match node.kind:
            case Kind.PARALLEL if len(node.incoming) > 1:
                self.rest(node, scope, via)
                self.join(node, scope)
            case Kind.PASS | Kind.PARALLEL | Kind.EXCLUSIVE:
                self.pass_by(node, scope)
            case Kind.END:
                self.passed.append(node.id)
                self.close_if_empty(scope)
            case Kind.TERMINATE:
                self.passed.append(node.id)
                self.terminate(scope)
            case Kind.SUBPROCESS:
                inner = self.rest(node, scope, via)
                self.pass_by(self.definition.nodes[node.first], inner.number)
            case _:
                self.rest(node, scope, via)

    def pass_by(self, node: Node, scope: int) -> None:
        self.passed.append(node.id)
        chosen = (self.choose(node),) if node.kind is Kind.EXCLUSIVE else node.outgoing
        self.moving.extend((flow, scope) for flow in chosen)
        self.alive[scope] += len(chosen)

    def choose(self, node: Node) -> str:
        for identity in node.outgoing:
            condition = self.definition.flows[identity].condition
            if identity == node.default:
                continue
            # A sole way out needs no condition; several without one are refused when the drawing is put to work.
            if not condition or expressions.holds(condition, self.variables, at=node.label):
                return identity
        if not node.default:
            raise NoWayOut(id=node.label)
        return node.default

    def rest(self, node: Node, scope: int, via: str) -> Token:
        self.last += 1
        token = Token(self.last, node.id, scope, via)
        self.tokens[token.number] = self.opened[token.number] = token
        self.alive[scope] += 1
        return token

    def take_off(self, token: Token) -> bool:
        """Remove a resting token; tell whether it had been at rest before this move."""
        del self.tokens[token.number]
        self.alive[token.scope] -= 1
        return self.opened.pop(token.number, None) is None

    def leave(self, token: Token) -> None:
        if self.take_off(token):
            self.left.append(token)
        self.pass_by(self.definition.nodes[token.node], token.scope)

    def join(self, node: Node, scope: int) -> None:
        waiting: dict[str, Token] = {}
        for token in self.tokens.values():
            if token.node == node.id and token.scope == scope:
                waiting.setdefault(token.via, token)
        if len(waiting) < len(node.incoming):
            return
        for token in waiting.values():
            if self.take_off(token):
                self.left.append(token)
        self.pass_by(node, scope)

    def close_if_empty(self, scope: int) -> None:
        if scope and not self.alive[scope]:
            self.leave(self.tokens[scope])

    def terminate(self, scope: int) -> None:
        doomed = {token.number for token in self.tokens.values() if self.within(token, scope)}
        self.withdraw(lambda token: token.number in doomed)
        self.moving = deque((flow, other) for flow, other in self.moving if other != scope and other not in doomed)
        self.alive = Counter(token.scope for token in self.tokens.values())
        self.alive.update(other for _flow, other in self.moving)
        self.close_if_empty(scope)

    def within(self, token: Token, scope: int) -> bool:
        current = token.scope
        while current != scope:
            if not current:
                return False
            current = self.tokens[current].scope
        return True

    def withdraw(self, doomed: Callable[[Token], bool]) -> None:
        # Chosen first, removed afterwards: nesting is looked up through the tokens themselves.
        for token in [item for item in self.tokens.values() if doomed(item)]:
            if self.take_off(token):
                self.withdrawn.append(token)

    def fire(self, number: int, element: Node) -> None:
        """Let an event go off at the token that waits for it, at the catch event itself or on its boundary."""
        host = self.tokens.get(number)
        if host is None or element.id not in (host.node, *self.definition.nodes[host.node].boundaries):
            raise NotWaiting(what=element.label)
        self.caught = element.id
        if element.id == host.node:
            self.leave(host)
            return
        if element.interrupting:
            self.withdraw(lambda token: token.number == number or self.within(token, number))
        self.pass_by(element, host.scope)

    def receive(self, message: str) -> None:
        for number in sorted(self.tokens):
            node = self.definition.nodes[self.tokens[number].node]
            for element in (node, *(self.definition.nodes[item] for item in node.boundaries)):
                if element.message == message:
                    self.fire(number, element)
                    return
        raise NotWaiting(what=message)

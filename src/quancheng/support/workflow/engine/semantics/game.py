"""One move, worked out on copies: how tokens come to rest, go on, meet and are taken away.

What is special about several instances, events and undoing stands beside it, in `repeating`, `catching` and `undoing`.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from quancheng.support.workflow.engine import expressions
from quancheng.support.workflow.engine.drawing import Definition, Kind, Node, Trigger
from quancheng.support.workflow.engine.semantics import catching, repeating, state, types, undoing
from quancheng.support.workflow.engine.semantics.state import (
    NotWaiting,
    NoWayOut,
    Role,
    RunsInCircles,
    State,
    Status,
    Step,
    Token,
)

# Passing more nodes than this without a rest means that a loop waits for nobody.
MAX_PASSES = 5_000
SCOPES = frozenset({Kind.SUBPROCESS, Kind.EVENT_SUBPROCESS})
# What somebody outside completes.
COMPLETED_OUTSIDE = frozenset({Kind.USER, Kind.SERVICE, Kind.CALL})


class Game:
    """The tokens of a case while one event moves them."""

    def __init__(self, definition: Definition, state: State) -> None:
        if state.status is not Status.RUNNING:
            raise NotWaiting(what=str(state.status))
        self.definition, self.last = definition, state.last
        self.status: Status = state.status
        self.tokens, self.variables = dict(state.tokens), dict(state.variables)
        self.opened: dict[int, Token] = {}
        self.changed: dict[int, Token] = {}
        self.left: list[Token] = []
        self.withdrawn: list[Token] = []
        self.passed: list[str] = []
        self.notes: list[tuple[str, str]] = []
        self.signals: list[str] = []
        self.escalations: list[str] = []
        self.deaf: list[int] = []
        self.failure: str | None = None
        self.caught, self.begun = "", False
        self.moving: deque[tuple[str, int]] = deque()  # (flow, scope)
        self.waiting: deque[Callable[[], None]] = deque()  # what begins when nothing moves
        self.alive: Counter[int] = Counter()
        self.count()

    # What moves a case from outside

    def begin(self) -> None:
        """Begin at the start event."""
        types.check(self.definition.data.get("", {}), self.variables)
        self.begun = True
        self.pass_by(self.definition.nodes[self.definition.start], 0)

    def complete(self, number: int, variables: Mapping[str, Any]) -> None:
        """The work at a token is done. :raises NotWaiting: if none is being done there."""
        token = self.live(number)
        node = self.definition.nodes[token.node]
        if not token.works or (node.kind not in COMPLETED_OUTSIDE and not node.served):
            raise NotWaiting(what=str(number))
        if token.role is Role.ONE and node.repeat and node.repeat.output:
            # What is collected stays the instance's own; see `repeating`.
            token = self.change(token, vars={**token.data.get("vars", {}), **variables})
        else:
            self.assign(number, variables)
        self.finish(self.tokens[number])

    def play(self) -> Step:
        """Move until every token rests, and return what came of it."""
        passes = 0
        while self.status is Status.RUNNING:
            passes += 1
            if passes > MAX_PASSES:
                raise RunsInCircles(id=self.definition.flows[self.moving[0][0]].target if self.moving else "")
            if self.moving:
                flow_id, scope = self.moving.popleft()
                self.passed.append(flow_id)
                self.alive[scope] -= 1
                self.arrive(self.definition.nodes[self.definition.flows[flow_id].target], scope, flow_id)
            elif self.waiting:
                self.waiting.popleft()()
            elif not self.definition.upstream or not self.settle():
                break
        if self.status is Status.RUNNING and all(token.role is Role.DONE for token in self.tokens.values()):
            for token in list(self.tokens.values()):
                self.go(token)
            self.status = Status.COMPLETED
        return Step(
            State(self.tokens, self.variables, self.last, self.status),
            opened=tuple(self.opened.values()),
            left=tuple(self.left),
            withdrawn=tuple(self.withdrawn),
            changed=tuple(self.changed.values()),
            passed=tuple(dict.fromkeys(self.passed)),
            caught=self.caught,
            notes=tuple(self.notes),
            signals=tuple(self.signals),
            failure=self.failure,
            escalations=tuple(self.escalations),
            begun=self.begun,
            deaf=tuple(dict.fromkeys(self.deaf)),
        )

    # How tokens move

    def arrive(self, node: Node, scope: int, via: str) -> None:
        """A token arrives at `node` by the flow `via`."""
        match node.kind:
            case Kind.PARALLEL | Kind.INCLUSIVE if node.joins:
                self.rest(node, scope, via)
                if node.kind is Kind.PARALLEL:
                    self.join(node, scope)
            case Kind.PARALLEL | Kind.EXCLUSIVE | Kind.INCLUSIVE:
                self.pass_by(node, scope)
            case Kind.PASS if not node.repeat and not node.undone_by:
                self.pass_by(node, scope)
            case Kind.END | Kind.THROW:
                self.throw(node, scope, via)
            case Kind.TERMINATE:
                self.passed.append(node.id)
                self.terminate(scope)
                self.close_if_empty(scope)
            case _:
                self.enter(node, scope, via)

    def enter(self, node: Node, scope: int, via: str, *, role: Role = Role.PLAIN, data: Any = None) -> None:
        """Begin the work at `node`, or rest there."""
        if node.repeat and role is Role.PLAIN:
            repeating.begin(self, node, scope, via, data or {})
            return
        token = self.rest(node, scope, via, role=role, data=data)
        if node.kind is Kind.SUBPROCESS:
            self.pass_by(self.definition.nodes[node.first], token.number)
        elif node.kind is Kind.PASS:
            self.finish(token)

    def pass_by(self, node: Node, scope: int) -> None:
        """Send tokens on from `node`."""
        self.passed.append(node.id)
        chosen = self.choose(node, scope) if node.kind in {Kind.EXCLUSIVE, Kind.INCLUSIVE} else node.outgoing
        self.moving.extend((flow, scope) for flow in chosen)
        self.alive[scope] += len(chosen)

    def choose(self, node: Node, scope: int) -> tuple[str, ...]:
        """Return the ways that are taken from a gateway. :raises NoWayOut: if none applies."""
        variables, taken = self.known(scope), []
        for identity in node.outgoing:
            condition = self.definition.flows[identity].condition
            if identity == node.default:
                continue
            # A sole way out needs no condition; several without one are refused when the drawing is put to work.
            if not condition or expressions.holds(condition, variables, at=node.label):
                taken.append(identity)
                if node.kind is Kind.EXCLUSIVE:
                    break
        if not taken and not node.default:
            raise NoWayOut(id=node.label)
        return tuple(taken) or (node.default,)

    def throw(self, node: Node, scope: int, via: str) -> None:
        """Pass an end or a throwing event, which may set off others."""
        match node.trigger:
            case Trigger.MESSAGE:
                self.rest(node, scope, via)
            case Trigger.COMPENSATION:
                undoing.throw(self, node, scope, via)
            case Trigger.ERROR:
                self.passed.append(node.id)
                if not catching.error(self, node.event, scope):
                    self.terminate(0)
                    self.failure = node.event
            case _:
                self.pass_by(node, scope)
                if node.trigger is Trigger.SIGNAL:
                    self.signals.append(node.event)
                    catching.raise_signal(self, node.event)
                elif node.trigger is Trigger.ESCALATION:
                    catching.escalate(self, node.event, scope)
                if node.kind is Kind.END:
                    self.close_if_empty(scope)

    def finish(self, token: Token) -> None:
        """The work at `token` is done: go on from there."""
        node = self.definition.nodes[token.node]
        if token.role is Role.ONE:
            repeating.ended(self, token, node)
            return
        self.go(token)
        if "for" in token.data:
            self.passed.append(node.id)
            undoing.resume(self, token.data["for"])
            return
        undoing.remember(self, token, node)
        self.pass_by(node, token.scope)
        if node.kind in {Kind.END, Kind.EVENT_SUBPROCESS}:
            self.close_if_empty(token.scope)

    # How tokens meet

    def join(self, node: Node, scope: int) -> None:
        """Go on from a parallel join if a token has arrived by every flow."""
        arrived = self.arrived(node, scope)
        if len(arrived) == len(node.incoming):
            for token in arrived.values():
                self.go(token)
            self.pass_by(node, scope)

    def settle(self) -> bool:
        """Let the first inclusive join go on that need not wait any longer; tell whether there was one."""
        for number in sorted(self.tokens):
            token = self.tokens[number]
            node = self.definition.nodes[token.node]
            if node.kind is not Kind.INCLUSIVE or not node.joins:
                continue
            arrived = self.arrived(node, token.scope)
            if self.must_wait(node, token.scope, arrived):
                continue
            for item in arrived.values():
                self.go(item)
            self.pass_by(node, token.scope)
            return True
        return False

    def must_wait(self, node: Node, scope: int, arrived: Mapping[str, Token]) -> bool:
        """Whether a token elsewhere can still reach the join by a flow where none has arrived yet.

        One that can as well reach it by a flow where one has arrived is not waited for (BPMN 2.0.2, table 13.3).
        """
        upstream = self.definition.upstream[node.id]
        empty = [flow for flow in node.incoming if flow not in arrived]
        return any(
            any(token.node in upstream[flow] for flow in empty)
            and not any(token.node in upstream[flow] for flow in arrived)
            for token in self.tokens.values()
            if token.scope == scope and token.node != node.id and token.role is not Role.DONE
        )

    def arrived(self, node: Node, scope: int) -> dict[str, Token]:
        """Return the oldest token that waits at a join for each flow by which one has arrived."""
        found: dict[str, Token] = {}
        for number in sorted(self.tokens):
            token = self.tokens[number]
            if token.node == node.id and token.scope == scope:
                found.setdefault(token.via, token)
        return found

    # The board

    def live(self, number: int) -> Token:
        """Return a token that waits for something. :raises NotWaiting: if there is none with this number."""
        found = self.tokens.get(number)
        if found is None or found.role in {Role.DONE, Role.UNDOING}:
            raise NotWaiting(what=str(number))
        return found

    def rest(self, node: Node, scope: int, via: str, *, role: Role = Role.PLAIN, data: Any = None) -> Token:
        """Put a new token to rest at `node`."""
        self.last += 1
        return self.put(Token(self.last, node.id, scope, via, role, data or {}))

    def put(self, token: Token) -> Token:
        """Put a token on the board."""
        self.tokens[token.number] = self.opened[token.number] = token
        if token.role is not Role.DONE:
            self.alive[token.scope] += 1
        return token

    def change(self, token: Token, **data: Any) -> Token:
        """Give a token new data of its own."""
        new = replace(token, data={**token.data, **data})
        self.tokens[token.number] = new
        (self.opened if token.number in self.opened else self.changed)[token.number] = new
        return new

    def take_off(self, token: Token) -> bool:
        """Remove a resting token; tell whether it had been at rest before this move."""
        del self.tokens[token.number]
        self.changed.pop(token.number, None)
        if token.role is not Role.DONE:
            self.alive[token.scope] -= 1
        return self.opened.pop(token.number, None) is None

    def go(self, token: Token) -> None:
        """Remove a token that goes on."""
        if self.take_off(token):
            self.left.append(token)

    def remove(self, numbers: Iterable[int], *, around: Iterable[int] = ()) -> None:
        """Take tokens away unfinished, and what still moves inside them or in the scopes `around`."""
        doomed = set(numbers)
        for number in sorted(doomed):
            token = self.tokens[number]
            if self.take_off(token):
                self.withdrawn.append(token)
        closed = doomed.union(around)
        self.moving = deque((flow, scope) for flow, scope in self.moving if scope not in closed)
        self.count()

    def interrupt(self, number: int) -> None:
        """Take a token away with everything inside it."""
        self.remove({number, *self.inside(number)})

    def terminate(self, scope: int) -> None:
        """Take everything in a scope away; 0 is the whole case."""
        self.remove(self.inside(scope), around={scope})

    def inside(self, scope: int) -> set[int]:
        """Return the numbers of all tokens within the token `scope`, at any depth; 0 is the whole case."""
        return {token.number for token in self.tokens.values() if self.within(token, scope)}

    def within(self, token: Token, scope: int) -> bool:
        """Tell whether a token is inside the token `scope`."""
        current = token.scope
        while current != scope:
            if not current or current not in self.tokens:
                return False
            current = self.tokens[current].scope
        return True

    def close_if_empty(self, scope: int) -> None:
        """Go on from a sub-process in which nothing is left."""
        token = self.tokens.get(scope)
        if token is not None and token.role is not Role.MANY and not self.alive[scope]:
            self.finish(token)

    def count(self) -> None:
        """Count anew how many tokens rest and move in each scope."""
        self.alive = Counter(token.scope for token in self.tokens.values() if token.role is not Role.DONE)
        self.alive.update(scope for _flow, scope in self.moving)

    # Variables

    def known(self, number: int) -> Mapping[str, Any]:
        """Return what is known at a token; 0 is the case."""
        return state.known(self.tokens, self.variables, number)

    def assign(self, number: int, variables: Mapping[str, Any]) -> None:
        """Set variables as seen from a token: where they are declared or known, else in the case."""
        for name, value in variables.items():
            owner = self.owner(number, name)
            if not owner:
                self.variables[name] = value
                continue
            token = self.tokens[owner]
            types.check(self.definition.data.get(token.node, {}), {name: value})
            self.change(token, vars={**token.data.get("vars", {}), name: value})
        if declared := self.definition.data.get(""):
            types.check(declared, {name: value for name, value in variables.items() if not self.owner(number, name)})

    def owner(self, number: int, name: str) -> int:
        """Return the token to which the variable belongs, 0 for the case."""
        while number:
            token = self.tokens[number]
            if name in token.data.get("vars", ()):
                return number
            if token.role is not Role.MANY and name in self.definition.data.get(token.node, ()):
                return number
            number = token.scope
        return 0

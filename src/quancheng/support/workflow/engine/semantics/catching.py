"""Events: who waits for what, and what happens when it comes.

Timers, messages and signals come to whoever waits for them. Errors and escalations go outwards, from the activity they
come from through the scopes around it, until something catches them; an exact code goes before one that takes any.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from quancheng.support.workflow.engine.drawing import Kind, Node, Trigger
from quancheng.support.workflow.engine.semantics import undoing
from quancheng.support.workflow.engine.semantics.state import Failed, NobodyCatches, NotWaiting, Role, Token

if TYPE_CHECKING:
    from quancheng.support.workflow.engine.semantics.game import Game

SCOPES = frozenset({Kind.SUBPROCESS, Kind.EVENT_SUBPROCESS})


def fire(game: "Game", number: int, element: Node) -> None:
    """Let an event go off where it is waited for. :raises NotWaiting: if it is not (any more)."""
    if not _waits_at(game, number, element):
        raise NotWaiting(what=element.label)
    game.caught = element.id
    _take(game, number, element)


def receive(game: "Game", message: str) -> None:
    """Give a message to the oldest token that waits for it. :raises NotWaiting: if none does."""
    for number, element in _waiting(game, Trigger.MESSAGE, message):
        fire(game, number, element)
        return
    raise NotWaiting(what=message)


def raise_signal(game: "Game", signal: str) -> bool:
    """Give a signal to all that wait for it now; tell whether there were any."""
    found = list(_waiting(game, Trigger.SIGNAL, signal))
    for number, element in found:
        # One may have taken another away.
        if _waits_at(game, number, element):
            game.caught = game.caught or element.id
            game.notes.append((Trigger.SIGNAL, element.id))
            _take(game, number, element)
    return bool(found)


def error(game: "Game", code: str, scope: int, *, origin: Token | None = None, text: str = "") -> bool:
    """Let an error go outwards from `origin`, or from an end event in `scope`; tell whether it was caught."""
    found = _catcher(game, Trigger.ERROR, code, scope, origin)
    if found is None:
        return False
    _caught(game, *found, code, text)
    return True


def escalate(game: "Game", code: str, scope: int, *, origin: Token | None = None) -> None:
    """Let an escalation go outwards; where nobody catches it nothing happens, and the caller of the case hears it."""
    found = _catcher(game, Trigger.ESCALATION, code, scope, origin)
    if found is None:
        game.escalations.append(code)
    else:
        _caught(game, *found, code, "")


def fail(game: "Game", event: Failed) -> None:
    """Let the error of an activity go outwards. :raises NobodyCatches: if nothing takes it and it does not end all."""
    token = game.live(event.token)
    if error(game, event.code, token.scope, origin=token, text=event.text):
        return
    if not event.ends:
        raise NobodyCatches(error=event.code, id=game.definition.nodes[token.node].label)
    game.terminate(0)
    game.failure = event.code


def listens(game: "Game", scope: int) -> bool:
    """Whether the event sub-processes of a scope still listen: not once an interrupting one has begun."""
    token = game.tokens.get(scope)
    if scope and (token is None or not token.works or game.definition.nodes[token.node].kind not in SCOPES):
        return False
    for other in game.tokens.values():
        if other.scope == scope and other.role is Role.UNDOING:
            return False
        node = game.definition.nodes[other.node]
        begun = other.scope == scope and node.kind is Kind.EVENT_SUBPROCESS and other.role is not Role.DONE
        if begun and game.definition.nodes[node.first].interrupting:
            return False
    return True


def _waits_at(game: "Game", number: int, element: Node) -> bool:
    if element.kind is Kind.START:
        inside = game.tokens[number].node if number in game.tokens else ""
        known = game.definition.listeners.get(inside, ())
        return (not number or number in game.tokens) and element.id in known and listens(game, number)
    token = game.tokens.get(number)
    if token is None or token.role not in {Role.PLAIN, Role.MANY}:
        return False
    return any(element.id == item.id for item in _at(game, token))


def _at(game: "Game", token: Token) -> Iterator[Node]:
    """Yield the events that are waited for at a token itself."""
    nodes, node = game.definition.nodes, game.definition.nodes[token.node]
    if node.kind is Kind.CATCH:
        yield node
    if node.kind is Kind.EVENTS:
        yield from (nodes[game.definition.flows[flow].target] for flow in node.outgoing)
    yield from (nodes[item] for item in node.boundaries)


def _waiting(game: "Game", trigger: Trigger, name: str) -> Iterator[tuple[int, Node]]:
    """Yield where an event is waited for: the oldest token first, the event sub-processes after what they interrupt."""
    live = [game.tokens[number] for number in sorted(game.tokens)]
    for token in live:
        if token.role in {Role.PLAIN, Role.MANY}:
            for element in _at(game, token):
                if element.trigger is trigger and element.event == name:
                    yield token.number, element
    for scope in (*(token.number for token in reversed(live) if token.works), 0):
        inside = game.tokens[scope].node if scope else ""
        for element in game.definition.starts(inside):
            if element.trigger is trigger and element.event == name and listens(game, scope):
                yield scope, element


def _take(game: "Game", number: int, element: Node) -> None:
    if element.kind is Kind.START:
        _begin(game, number, element)
        return
    token = game.tokens[number]
    node = game.definition.nodes[token.node]
    if element.id == node.id:
        game.finish(token)
    elif node.kind is Kind.EVENTS:
        game.go(token)
        way = next(flow for flow in node.outgoing if game.definition.flows[flow].target == element.id)
        game.passed += [node.id, way]
        game.pass_by(element, token.scope)
    else:
        if element.interrupting:
            game.interrupt(number)
        game.pass_by(element, token.scope)


def _begin(game: "Game", scope: int, start: Node) -> None:
    """Begin an event sub-process; an interrupting one takes away whatever else its scope was at."""
    if start.interrupting:
        # What was done stays remembered, so that the sub-process can undo it.
        live = {number for number in game.inside(scope) if not undoing.remembered(game, number, scope)}
        game.remove(live, around={scope})
        game.deaf.append(scope)
    token = game.rest(game.definition.nodes[start.scope], scope, "")
    game.pass_by(start, token.number)


def _catcher(game: "Game", trigger: Trigger, code: str, scope: int, origin: Token | None) -> tuple[int, Node] | None:
    host = origin
    while True:
        if host is not None:
            if host.role is Role.ONE:
                host = game.tokens[host.scope]
            nodes = game.definition.nodes
            around = [nodes[item] for item in nodes[host.node].boundaries]
            if element := _fitting(around, trigger, code):
                return host.number, element
            scope = host.scope
            if nodes[host.node].kind is Kind.EVENT_SUBPROCESS:
                # What handles an event of a scope is not itself caught by that scope.
                if not scope:
                    return None
                host = game.tokens[scope]
                continue
        inside = game.tokens[scope].node if scope else ""
        if listens(game, scope) and (element := _fitting(game.definition.starts(inside), trigger, code)):
            return scope, element
        if not scope:
            return None
        host = game.tokens[scope]


def _fitting(elements: "list[Node] | tuple[Node, ...]", trigger: Trigger, code: str) -> Node | None:
    fitting = [item for item in elements if item.trigger is trigger and item.event in {code, ""}]
    return min(fitting, key=lambda item: item.event == "", default=None)


def _caught(game: "Game", number: int, element: Node, code: str, text: str) -> None:
    game.caught = game.caught or element.id
    game.notes.append((element.trigger, element.id))
    if element.variable:
        around = number if element.kind is Kind.START else game.tokens[number].scope
        game.assign(around, {element.variable: {"code": code, "text": text}})
    _take(game, number, element)

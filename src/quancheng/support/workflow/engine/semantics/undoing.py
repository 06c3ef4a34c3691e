"""Compensation: what was done is remembered where it can be undone, and undone in the reverse order.

An activity with a compensation event leaves a token of the role DONE behind, and so does a sub-process or frame of
instances in which one was left. Whoever throws compensation waits until all is undone; so does a case that is called
off (a token of the role UNDOING).
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from quancheng.support.workflow.engine.drawing import Kind, Node, Trigger
from quancheng.support.workflow.engine.semantics.state import Role, Status, Token

if TYPE_CHECKING:
    from quancheng.support.workflow.engine.semantics.game import Game


def remember(game: "Game", token: Token, node: Node) -> None:
    """Leave a memory of work that is done, if it can be undone or something inside it can."""
    within = any(other.role is Role.DONE and other.scope == token.number for other in game.tokens.values())
    if within or (node.undone_by and token.role is not Role.ONE):
        game.last += 1
        own = {name: value for name, value in token.data.items() if name == "vars"}
        game.put(replace(token, role=Role.DONE, data={**own, "order": game.last}))


def remembered(game: "Game", number: int, scope: int) -> bool:
    """Whether a token is a memory of the scope: itself and everything around it within the scope is done."""
    while number != scope:
        token = game.tokens[number]
        if token.role is not Role.DONE:
            return False
        number = token.scope
    return True


def throw(game: "Game", node: Node, scope: int, via: str) -> None:
    """Undo what was done in the scope, or the activity the event names; then go on from the event."""
    around = scope
    if scope and game.definition.nodes[game.tokens[scope].node].kind is Kind.EVENT_SUBPROCESS:
        around = game.tokens[scope].scope
    queue = _order(game, around, node.event)
    thrower = game.rest(node, scope, via, data={"queue": queue})
    resume(game, thrower.number)


def resume(game: "Game", number: int) -> None:
    """Undo the next thing that the token `number` waits for, or go on from there when all is undone."""
    thrower = game.tokens.get(number)
    if thrower is None:
        return
    queue = list(thrower.data["queue"])
    while queue:
        done = game.tokens.get(queue.pop(0))
        if done is None or done.role is not Role.DONE:
            continue
        thrower = game.change(thrower, queue=queue)
        node = game.definition.nodes[done.node]
        game.notes.append((Trigger.COMPENSATION, node.id))
        for inner in [*game.inside(done.number), done.number]:
            game.go(game.tokens[inner])
        data = {"for": number, "vars": done.data.get("vars", {})}
        game.enter(game.definition.nodes[node.undone_by], thrower.scope, "", data=data)
        return
    game.go(thrower)
    if thrower.role is Role.UNDOING:
        _end(game)
        return
    node = game.definition.nodes[thrower.node]
    game.pass_by(node, thrower.scope)
    if node.kind is Kind.END:
        game.close_if_empty(thrower.scope)


def call_off(game: "Game", *, undo: bool) -> None:
    """End the case: at once, or when what was done is undone. A second call does not wait for that."""
    already = any(token.role is Role.UNDOING for token in game.tokens.values())
    game.remove(number for number in game.inside(0) if not remembered(game, number, 0))
    queue = _order(game, 0, "") if undo and not already else []
    if not queue:
        _end(game)
        return
    game.deaf.append(0)
    start = game.definition.nodes[game.definition.start]
    thrower = game.rest(start, 0, "", role=Role.UNDOING, data={"queue": queue})
    resume(game, thrower.number)


def _end(game: "Game") -> None:
    game.remove(game.inside(0), around={0})
    game.status = Status.CANCELLED


def _order(game: "Game", scope: int, activity: str) -> list[int]:
    """Return the memories in `scope` that are undone, latest first; a sub-process undoes what is inside it."""
    done = [token for token in game.tokens.values() if token.role is Role.DONE and token.scope == scope]
    found: list[int] = []
    for token in sorted(done, key=lambda item: -item.data["order"]):
        if activity and token.node != activity:
            continue
        undone_by = game.definition.nodes[token.node].undone_by
        found += [token.number] if undone_by and token.role is not Role.ONE else _order(game, token.number, "")
    return found

"""Activities done several times: many instances side by side or one after the other, and standard loops.

A token of the role MANY frames the instances; each instance is a token of the role ONE inside it, with its own
variables: `loopCounter` from 1 and the element of the collection. Events on the activity's boundary wait at the frame.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from quancheng.support.workflow.engine import expressions
from quancheng.support.workflow.engine.drawing import Node, Repeat
from quancheng.support.workflow.engine.semantics import undoing
from quancheng.support.workflow.engine.semantics.state import Role, Token, TooMany

if TYPE_CHECKING:
    from quancheng.support.workflow.engine.semantics.game import Game

# More instances than a city has offices are a mistake in the data.
MOST = 1_000


def begin(game: "Game", node: Node, scope: int, via: str, data: Mapping[str, Any]) -> None:
    """Begin the rounds or instances of an activity. :raises TooMany: if their number is none, or too large."""
    repeat = node.repeat or Repeat()
    known = game.known(scope)
    if repeat.loop:
        frame = game.rest(node, scope, via, role=Role.MANY, data={**data, "ended": 0})
        if repeat.test_before and not _again(node, repeat, known, 0):
            game.finish(frame)
        else:
            game.waiting.append(lambda: _start(game, frame.number, 1, {}))
        return
    items = _items(node, repeat, known)
    count = len(items)
    own = {**data, "ended": 0, "count": count} | ({"items": items} if repeat.sequential and repeat.element else {})
    if repeat.output:
        game.assign(scope, {repeat.output: [None] * count})
    frame = game.rest(node, scope, via, role=Role.MANY, data=own)
    if not count:
        game.finish(frame)
    for index in range(1, count + 1 if not repeat.sequential else min(count, 1) + 1):
        game.waiting.append(_starting(game, frame.number, index, _named(repeat, items[index - 1])))


def ended(game: "Game", token: Token, node: Node) -> None:
    """An instance is done: collect what it brings, and go on, begin the next or leave the activity."""
    repeat = node.repeat or Repeat()
    frame = game.tokens[token.scope]
    known, index = game.known(token.number), token.data["loop"]
    game.go(token)
    undoing.remember(game, token, node)
    done = frame.data["ended"] + 1
    frame = game.change(frame, ended=done)
    if repeat.loop:
        if _again(node, repeat, known, done):
            game.waiting.append(lambda: _start(game, frame.number, done + 1, {}))
        else:
            game.finish(frame)
        return
    if repeat.output:
        # Somebody may have put something else there meanwhile; what is collected comes first.
        held = game.known(frame.scope).get(repeat.output)
        collected = list(held) if isinstance(held, list) and len(held) == frame.data["count"] else None
        collected = collected or [None] * frame.data["count"]
        collected[index - 1] = expressions.plain_value(repeat.gather, known, at=node.label)
        game.assign(frame.scope, {repeat.output: collected})
        known = {**known, repeat.output: collected}
    if done == frame.data["count"] or _enough(node, repeat, known, frame, done):
        game.remove(
            number for number in game.inside(frame.number) if not undoing.remembered(game, number, frame.number)
        )
        game.finish(game.tokens[frame.number])
    elif repeat.sequential:
        item = frame.data["items"][done] if "items" in frame.data else None
        game.waiting.append(lambda: _start(game, frame.number, done + 1, _named(repeat, item)))


def _starting(game: "Game", frame: int, index: int, own: dict[str, Any]) -> Any:
    return lambda: _start(game, frame, index, own)


def _start(game: "Game", number: int, index: int, own: dict[str, Any]) -> None:
    frame = game.tokens.get(number)
    if frame is None:
        return
    data = {"loop": index, "vars": {"loopCounter": index, **own}}
    game.enter(game.definition.nodes[frame.node], number, frame.via, role=Role.ONE, data=data)


def _named(repeat: Repeat, item: Any) -> dict[str, Any]:
    return {repeat.element: item} if repeat.element else {}


def _items(node: Node, repeat: Repeat, known: Mapping[str, Any]) -> list[Any]:
    if repeat.collection:
        found = expressions.plain_value(repeat.collection, known, at=node.label)
        items = [] if found is None else found
        if not isinstance(items, list) or len(items) > MOST:
            raise TooMany(id=node.label, count=len(items) if isinstance(items, list) else str(items), most=MOST)
        return items
    count = expressions.number(repeat.cardinality, known, at=node.label)
    if count is None or count != count.to_integral_value() or not Decimal(0) <= count <= MOST:
        raise TooMany(id=node.label, count=count, most=MOST)
    return [None] * int(count)


def _again(node: Node, repeat: Repeat, known: Mapping[str, Any], done: int) -> bool:
    if repeat.maximum and done >= repeat.maximum:
        return False
    return not repeat.during or expressions.holds(repeat.during, {**known, "loopCounter": done}, at=node.label)


def _enough(node: Node, repeat: Repeat, known: Mapping[str, Any], frame: Token, done: int) -> bool:
    if not repeat.until:
        return False
    count = frame.data["count"]
    counters = {
        "nrOfInstances": count,
        "nrOfCompletedInstances": done,
        "nrOfActiveInstances": 1 if repeat.sequential else count - done,
        "nrOfTerminatedInstances": 0,
    }
    return expressions.holds(repeat.until, {**known, **counters}, at=node.label)

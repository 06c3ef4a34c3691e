"""Whether a running case can go on on another version of its drawing, and where its tokens stand there.

Elements are mapped by their id, or as `elements` says. A token can go where its element is of the same kind, stands in
the same sub-process, and where the case cannot get stuck: the markings of the new drawing are walked from there (see
`soundness.markings`). Everything else is named, with the element of the old drawing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.support.workflow.engine.drawing import Definition, Kind, Node, Repeat
from quancheng.support.workflow.engine.semantics import Role, State, Token
from quancheng.support.workflow.engine.soundness import UnsoundDrawing, markings


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a case cannot go over: `element` is the id in the old drawing, `name` how people call it."""

    element: str
    name: str
    why: str | Promise


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the tokens of a case stand on the new drawing; with obstacles it cannot go over."""

    tokens: tuple[Token, ...]
    obstacles: tuple[Obstacle, ...]


def plan(old: Definition, new: Definition, state: State, elements: Mapping[str, str]) -> Plan:
    """Return where each token of `state` stands on `new`. `elements` maps ids of the old drawing to ids of the new."""
    moved, obstacles = [], []
    for token in state.tokens.values():
        node = old.nodes[token.node]
        target = new.nodes.get(elements.get(node.id, node.id))
        why = _obstacle(state, elements, token, node, target)
        if why is None and target is not None:
            moved.append(replace(token, node=target.id, via=elements.get(token.via, token.via)))
        elif why is not None:
            obstacles.append(Obstacle(node.id, node.label, why))
    if not obstacles:
        obstacles += _stuck(new, moved)
    return Plan(tuple(moved), tuple(dict.fromkeys(obstacles)))


def _obstacle(
    state: State, elements: Mapping[str, str], token: Token, node: Node, target: Node | None
) -> str | Promise | None:
    if token.role is Role.UNDOING:
        return _("the case is being called off")
    if target is None:
        return _("the new version has no such element")
    if target.kind is not node.kind or target.trigger is not node.trigger or _shape(target) != _shape(node):
        return _("it is of another kind in the new version")
    placed = token.role is Role.ONE or "for" in token.data
    hurdles = (
        (
            node.called and target.called and node.called.key != target.called.key,
            _("another process is called there in the new version"),
        ),
        (node.undone_by and not target.undone_by, _("it can no longer be undone in the new version")),
        (
            not placed and target.scope != _around(state, elements, token),
            _("it stands in another sub-process in the new version"),
        ),
        (
            node.joins and elements.get(token.via, token.via) not in target.incoming,
            _("the branch that has arrived there does not lead there in the new version"),
        ),
    )
    return next((why for holds, why in hurdles if holds), None)


def _shape(node: Node) -> object:
    repeat = node.repeat or Repeat()
    return bool(node.repeat), repeat.sequential, repeat.loop, bool(repeat.output), node.joins


def _around(state: State, elements: Mapping[str, str], token: Token) -> str:
    if not token.scope:
        return ""
    place = state.tokens[token.scope].node
    return elements.get(place, place)


def _stuck(new: Definition, tokens: list[Token]) -> Iterator[Obstacle]:
    """Yield where the case would get stuck or come apart on the new drawing."""
    known = {token.number: token for token in tokens}
    scopes: dict[int, list[Token]] = {}
    for token in tokens:
        if token.role in {Role.PLAIN, Role.MANY} and "for" not in token.data:
            scopes.setdefault(token.scope, []).append(token)
    for scope, inside in scopes.items():
        around = known[scope].node if scope else ""
        marking = frozenset(filter(None, (_flow(new.nodes[token.node], token) for token in inside)))
        try:
            markings.check(new, around, marking=marking)
        except UnsoundDrawing as fault:
            at = new.nodes.get(str(fault.facts["id"]))
            yield Obstacle(str(fault.facts["id"]), at.label if at else around, _("the case would get stuck there"))


def _flow(node: Node, token: Token) -> str:
    """Return the flow that stands for a token at rest: the one it came by, or any that leads there."""
    if node.kind is Kind.EVENT_SUBPROCESS or not node.incoming:
        return ""
    return token.via if token.via in node.incoming else node.incoming[0]

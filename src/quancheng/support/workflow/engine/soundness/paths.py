"""Every node of a scope is reached from its start, and reaches one of its ends."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from quancheng.support.workflow.engine.drawing import ENDS, Definition, Kind, Node, Trigger
from quancheng.support.workflow.engine.soundness.faults import UnsoundDrawing


def start_of(definition: Definition, scope: str) -> str:
    """Return the start event of a scope."""
    return definition.nodes[scope].first if scope else definition.start


def ahead(definition: Definition, node: Node) -> Iterator[str]:
    """Yield where a token at `node` may go next: along its flows, or by an event on its boundary."""
    for flow in node.outgoing:
        yield definition.flows[flow].target
    yield from node.boundaries


def beside(node: Node) -> bool:
    """Whether a node stands beside the flows: begun by an event, or undoing what was done."""
    undoing = node.kind is Kind.BOUNDARY and node.trigger is Trigger.COMPENSATION
    return node.kind is Kind.EVENT_SUBPROCESS or node.undoes or undoing


def faults(definition: Definition, scope: str) -> Iterator[UnsoundDrawing]:
    """Yield what is wrong with a scope: each node that is not reached or leads to no end.

    Where one of them explains others, as the last of a line that ends nowhere does, only that one is named.
    """
    inside = {node.id: node for node in definition.inside(scope) if not beside(node)}
    for node in inside.values():
        if node.kind in ENDS and node.outgoing:
            yield UnsoundDrawing(id=node.id, why=_("an end has no way on"))
    following = {node.id: tuple(ahead(definition, node)) for node in inside.values()}
    back: dict[str, list[str]] = {}
    for identity, targets in following.items():
        for target in targets:
            back.setdefault(target, []).append(identity)
    reached = _closure({start_of(definition, scope)}, following)
    ending = _closure({node.id for node in inside.values() if node.kind in ENDS}, back)
    unreached = {identity for identity in inside if identity not in reached}
    astray = {identity for identity in inside if identity not in ending} - unreached
    for identity in _explaining(unreached, back, following):
        yield UnsoundDrawing(id=identity, why=_("no path leads to it"))
    for identity in _explaining(astray, following, back):
        yield UnsoundDrawing(id=identity, why=_("it leads to no end"))


def _explaining(
    found: set[str], before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """Return those of `found` that nothing else explains: first ones, and rings to which no first one leads."""
    first = {identity for identity in found if not found.intersection(before.get(identity, ()))}
    explained = _closure(set(first), after) - first
    return tuple(sorted(found - explained))


def _closure(first: set[str], following: Mapping[str, Sequence[str]]) -> set[str]:
    found, queue = set(first), deque(first)
    while queue:
        for target in following.get(queue.popleft(), ()):
            if target not in found:
                found.add(target)
                queue.append(target)
    return found

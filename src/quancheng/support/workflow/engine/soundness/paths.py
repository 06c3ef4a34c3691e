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


def check(definition: Definition, scope: str) -> None:
    """Accept a scope. :raises UnsoundDrawing: naming a node that is not reached, or leads to no end."""
    inside = {node.id: node for node in definition.inside(scope) if not beside(node)}
    for node in inside.values():
        if node.kind in ENDS:
            if node.outgoing:
                raise UnsoundDrawing(id=node.id, why=_("an end has no way on"))
        elif not node.outgoing:
            raise UnsoundDrawing(id=node.id, why=_("it leads to no end"))
    following = {node.id: tuple(ahead(definition, node)) for node in inside.values()}
    back: dict[str, list[str]] = {}
    for identity, targets in following.items():
        for target in targets:
            back.setdefault(target, []).append(identity)
    reached = _closure({start_of(definition, scope)}, following)
    ending = _closure({node.id for node in inside.values() if node.kind in ENDS}, back)
    for identity in inside:
        if identity not in reached:
            raise UnsoundDrawing(id=identity, why=_("no path leads to it"))
        if identity not in ending:
            raise UnsoundDrawing(id=identity, why=_("it leads to no end"))


def _closure(first: set[str], following: Mapping[str, Sequence[str]]) -> set[str]:
    found, queue = set(first), deque(first)
    while queue:
        for target in following.get(queue.popleft(), ()):
            if target not in found:
                found.add(target)
                queue.append(target)
    return found

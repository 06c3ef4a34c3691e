"""Checks before a drawing is put to work: no dead node, every node reaches an end, no join that waits for ever.

A drawing is a free-choice workflow net, whose soundness is decidable by walking its markings (W. van der Aalst, "The
Application of Petri Nets to Workflow Management", 1998). Because each flow has exactly one consumer, it is enough to
fire one enabled node at a time, with all its alternatives: a stubborn set of one, which keeps every deadlock reachable.
The node furthest upstream goes first, so that tokens gather where branches meet and a missing join is seen.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow.engine.drawing import BOUNDARY, DECISION, ENDS, Definition, Kind, Node

MAX_MARKINGS = 20_000

Marking = frozenset[str]


class UnsoundDrawing(Refusal):
    """A case on this drawing could get stuck or come apart; `id` names the node."""

    code = "workflow.unsound-drawing"
    message = _("The drawing is not sound at “%(id)s”: %(why)s.")
    status = 422


def check(definition: Definition) -> None:
    """Accept a sound definition. :raises UnsoundDrawing: naming the node where it is not."""
    for scope in ("", *(node.id for node in definition.of_kind(Kind.SUBPROCESS))):
        _check_paths(definition, scope)
        _check_markings(definition, scope)


def _next(definition: Definition, node: Node) -> Iterator[str]:
    for flow in node.outgoing:
        yield definition.flows[flow].target
    yield from node.boundaries


def _check_paths(definition: Definition, scope: str) -> None:
    inside = {node.id: node for node in definition.inside(scope)}
    start = definition.nodes[scope].first if scope else definition.start
    for node in inside.values():
        if node.kind in ENDS:
            if node.outgoing:
                raise UnsoundDrawing(id=node.id, why=_("an end has no way on"))
        elif not node.outgoing:
            raise UnsoundDrawing(id=node.id, why=_("it leads to no end"))
    ahead = {node.id: tuple(_next(definition, node)) for node in inside.values()}
    back: dict[str, list[str]] = {}
    for identity, targets in ahead.items():
        for target in targets:
            back.setdefault(target, []).append(identity)
    reached = _closure({start}, ahead)
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


def _check_markings(definition: Definition, scope: str) -> None:
    start = definition.nodes[definition.nodes[scope].first if scope else definition.start]
    rank = _ranks(definition, start)
    first: Marking = frozenset(start.outgoing)
    seen, queue = {first}, [first]
    while queue:
        marking = queue.pop()
        if not marking:
            continue
        flow, node = _enabled(definition, marking, rank)
        if node.kind is Kind.TERMINATE:
            continue
        if not _joins(node) and node.kind is not Kind.END and len(marking.intersection(node.incoming)) > 1:
            raise UnsoundDrawing(id=node.id, why=_("parallel branches reach it without a parallel join"))
        rest = marking.difference(node.incoming if _joins(node) else (flow,))
        for produced in _alternatives(definition, node):
            if twice := rest & produced:
                meeting = definition.flows[min(twice)].target
                raise UnsoundDrawing(id=meeting, why=_("parallel branches reach it without a parallel join"))
            after = rest | produced
            if after not in seen:
                seen.add(after)
                queue.append(after)
        if len(seen) > MAX_MARKINGS:
            raise UnsoundDrawing(id=scope or definition.key, why=_("it is too tangled to be checked"))


def _ranks(definition: Definition, start: Node) -> dict[str, int]:
    """Number the nodes so that one upstream of another comes first, loops aside (reverse postorder)."""
    order: list[str] = []
    seen, stack = {start.id}, [(start.id, _next(definition, start))]
    while stack:
        identity, following = stack[-1]
        target = next(following, None)
        if target is None:
            order.append(identity)
            stack.pop()
        elif target not in seen:
            seen.add(target)
            stack.append((target, _next(definition, definition.nodes[target])))
    return {identity: rank for rank, identity in enumerate(reversed(order))}


def _joins(node: Node) -> bool:
    return node.kind is Kind.PARALLEL and len(node.incoming) > 1


def _enabled(definition: Definition, marking: Marking, rank: dict[str, int]) -> tuple[str, Node]:
    arrivals = sorted((rank[definition.flows[flow].target], flow) for flow in marking)
    for _rank, flow in arrivals:
        node = definition.nodes[definition.flows[flow].target]
        if not _joins(node) or marking.issuperset(node.incoming):
            return flow, node
    stuck = definition.flows[arrivals[0][1]].target
    raise UnsoundDrawing(id=stuck, why=_("this join can wait for ever"))


def _alternatives(definition: Definition, node: Node) -> Iterator[Marking]:
    """Yield what one firing of `node` may produce: each choice, each boundary event that may go off meanwhile."""
    if node.kind is Kind.EXCLUSIVE:
        yield from (frozenset({flow}) for flow in node.outgoing)
        return
    around = [definition.nodes[item] for item in node.boundaries]
    quiet = [item for item in around if not item.interrupting]
    loud = [item for item in around if item.interrupting]
    for count in range(len(quiet) + 1):
        for fired in combinations(quiet, count):
            beside = frozenset(flow for item in fired for flow in item.outgoing)
            for main in (node, *loud):
                if beside & frozenset(main.outgoing):
                    raise UnsoundDrawing(id=main.id, why=_("parallel branches reach it without a parallel join"))
                yield beside | frozenset(main.outgoing)


def check_work(definition: Definition) -> None:
    """Accept a definition whose tasks say who does them. :raises UnsoundDrawing: naming the first that does not."""
    for node in definition.nodes.values():
        if node.kind is Kind.USER and not node.privilege:
            raise UnsoundDrawing(id=node.id, why=_("this user task names no privilege (qc:privilege)"))
        if node.kind is Kind.SERVICE and not node.handler:
            raise UnsoundDrawing(id=node.id, why=_("this service task names no handler (qc:handler)"))
        if node.handler.startswith(DECISION) and not all(node.handler.removeprefix(DECISION).partition("/")):
            raise UnsoundDrawing(id=node.id, why=_("a decision is named by its model and itself: key/decision"))
        if node.kind is Kind.EXCLUSIVE and len(node.outgoing) > 1:
            bare = [f for f in node.outgoing if f != node.default and not definition.flows[f].condition]
            if bare:
                raise UnsoundDrawing(id=bare[0], why=_("this branch has neither a condition nor is it the default"))
        if node.kind in BOUNDARY and node.boundaries:
            raise UnsoundDrawing(id=node.id, why=_("an event cannot carry events"))

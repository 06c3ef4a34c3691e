"""No join waits for ever and no two branches meet unjoined: the markings of a scope are walked.

Without inclusive joins a scope is a free-choice workflow net, whose soundness is decidable by walking its markings (W.
van der Aalst, "The Application of Petri Nets to Workflow Management", 1998). Because each flow has exactly one
consumer, it is enough to fire one enabled node at a time, with all its alternatives: a stubborn set of one, which keeps
every deadlock reachable. The node furthest upstream goes first, so that tokens gather where branches meet and a missing
join is seen. This is exact.

Whether an inclusive join may go on depends on tokens elsewhere, so that one order does not stand for all. Scopes with
one are walked in every order; where that is more than `MOST_IN_ANY_ORDER`, only the one order is walked, and `check`
returns False: what it finds is a fault, but it may miss one.

What an event may do is taken as one choice at the node it stands at: each interrupting event instead of the ordinary
way, each other one or none beside it, once.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations, islice

from django.utils.translation import gettext_lazy as _

from quancheng.support.workflow.engine.drawing import Definition, Kind, Node, Trigger
from quancheng.support.workflow.engine.soundness.faults import UnsoundDrawing
from quancheng.support.workflow.engine.soundness.paths import ahead, start_of

MAX_MARKINGS = 20_000
MOST_IN_ANY_ORDER = 5_000
MOST_WAYS = 12

Marking = frozenset[str]


class _TooMany(Exception):
    pass


def check(definition: Definition, scope: str, *, marking: Marking | None = None) -> bool:
    """Accept a scope and tell whether the walk was exact; it begins at the scope's start, or with `marking`.

    With a marking, which a running case has, events that do not interrupt may have happened and are left out.

    :raises UnsoundDrawing: naming the node that is at fault.
    """
    every = any(definition.nodes[join].scope == scope for join in definition.upstream)
    try:
        _walk(definition, scope, marking, every=every)
    except _TooMany:
        if not every:
            raise UnsoundDrawing(id=scope or definition.key, why=_("it is too tangled to be checked")) from None
    else:
        return True
    try:
        _walk(definition, scope, marking, every=False)
    except _TooMany:
        raise UnsoundDrawing(id=scope or definition.key, why=_("it is too tangled to be checked")) from None
    return False


def _walk(definition: Definition, scope: str, begin: Marking | None, *, every: bool) -> None:
    start = definition.nodes[start_of(definition, scope)]
    rank = _ranks(definition, start)
    first: Marking = frozenset(start.outgoing) if begin is None else begin
    seen, queue = {first}, [first]
    while queue:
        marking = queue.pop()
        if not marking:
            continue
        for flow, node in islice(_enabled(definition, marking, rank), None if every else 1):
            for after in _after(definition, marking, flow, node, quiet=begin is None):
                if after not in seen:
                    seen.add(after)
                    queue.append(after)
        if len(seen) > (MOST_IN_ANY_ORDER if every else MAX_MARKINGS):
            raise _TooMany


def _after(definition: Definition, marking: Marking, flow: str, node: Node, *, quiet: bool) -> Iterator[Marking]:
    if node.kind is Kind.TERMINATE or (node.kind is Kind.END and node.trigger is Trigger.ERROR):
        return
    if not node.joins and node.kind is not Kind.END and len(marking.intersection(node.incoming)) > 1:
        raise UnsoundDrawing(id=node.id, why=_("parallel branches reach it without a parallel join"))
    rest = marking.difference(node.incoming if node.joins else (flow,))
    for produced in _alternatives(definition, node, quiet=quiet):
        if twice := rest & produced:
            meeting = definition.flows[min(twice)].target
            raise UnsoundDrawing(id=meeting, why=_("parallel branches reach it without a parallel join"))
        yield rest | produced


def _ranks(definition: Definition, start: Node) -> dict[str, int]:
    """Number the nodes so that one upstream of another comes first, loops aside (reverse postorder)."""
    order: list[str] = []
    seen, stack = {start.id}, [(start.id, ahead(definition, start))]
    while stack:
        identity, following = stack[-1]
        target = next(following, None)
        if target is None:
            order.append(identity)
            stack.pop()
        elif target not in seen:
            seen.add(target)
            stack.append((target, ahead(definition, definition.nodes[target])))
    return {identity: rank for rank, identity in enumerate(reversed(order))}


def _enabled(definition: Definition, marking: Marking, rank: Mapping[str, int]) -> Iterator[tuple[str, Node]]:
    """Yield what may fire, the node furthest upstream first. :raises UnsoundDrawing: if nothing may."""
    arrivals = sorted((rank[definition.flows[flow].target], flow) for flow in marking)
    fired = False
    for _rank, flow in arrivals:
        node = definition.nodes[definition.flows[flow].target]
        if node.kind is Kind.INCLUSIVE and node.joins:
            waits = _must_wait(definition, marking, node)
        else:
            waits = node.joins and not marking.issuperset(node.incoming)
        if not waits:
            fired = True
            yield flow, node
    if not fired:
        stuck = definition.flows[arrivals[0][1]].target
        raise UnsoundDrawing(id=stuck, why=_("this join can wait for ever"))


def _must_wait(definition: Definition, marking: Marking, node: Node) -> bool:
    """As the engine decides it, see `semantics.game`."""
    upstream = definition.upstream[node.id]
    arrived = marking.intersection(node.incoming)
    elsewhere = {definition.flows[flow].target for flow in marking - arrived}
    return any(
        any(place in upstream[flow] for flow in node.incoming if flow not in arrived)
        and not any(place in upstream[flow] for flow in arrived)
        for place in elsewhere
    )


def _alternatives(definition: Definition, node: Node, *, quiet: bool) -> Iterator[Marking]:
    """Yield what one firing of `node` may produce: each choice, each boundary event that may go off meanwhile."""
    if node.kind in {Kind.EXCLUSIVE, Kind.EVENTS}:
        yield from (frozenset({flow}) for flow in node.outgoing)
        return
    if node.kind is Kind.INCLUSIVE:
        yield from _some(definition, node)
        return
    around = [definition.nodes[item] for item in node.boundaries]
    beside_it = [item for item in around if quiet and not item.interrupting]
    loud = [item for item in around if item.interrupting]
    for count in range(len(beside_it) + 1):
        for fired in combinations(beside_it, count):
            beside = frozenset(flow for item in fired for flow in item.outgoing)
            for main in (node, *loud):
                if beside & frozenset(main.outgoing):
                    raise UnsoundDrawing(id=main.id, why=_("parallel branches reach it without a parallel join"))
                yield beside | frozenset(main.outgoing)


def _some(definition: Definition, node: Node) -> Iterator[Marking]:
    """Yield the ways that may be taken together from an inclusive gateway."""
    others = [flow for flow in node.outgoing if flow != node.default]
    always = frozenset(flow for flow in others if not definition.flows[flow].condition)
    maybe = [flow for flow in others if flow not in always]
    if len(maybe) > MOST_WAYS:
        raise UnsoundDrawing(id=node.id, why=_("it is too tangled to be checked"))
    for count in range(len(maybe) + 1):
        for taken in combinations(maybe, count):
            if ways := always.union(taken):
                yield ways
    if node.default and not always:
        yield frozenset({node.default})

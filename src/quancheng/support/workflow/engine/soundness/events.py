"""No event that nothing can set off, no two that take the same, nothing undone that cannot be."""

from collections.abc import Callable, Iterable, Iterator

from django.utils.translation import gettext_lazy as _

from quancheng.support.workflow.engine.drawing import Definition, Kind, Node, Trigger
from quancheng.support.workflow.engine.soundness.faults import UnsoundDrawing

OUTWARDS = frozenset({Trigger.ERROR, Trigger.ESCALATION})


def faults(definition: Definition) -> Iterator[UnsoundDrawing]:
    """Yield what is wrong with a definition's events."""
    for node in definition.nodes.values():
        around = [definition.nodes[item] for item in node.boundaries]
        yield from _different(around)
        for event in around:
            yield from _may_come(event, [node, *_inside(definition, node.id)])
        if node.kind is Kind.EVENTS:
            yield from _check_gateway(definition, node)
        if node.trigger is Trigger.COMPENSATION and node.kind is not Kind.BOUNDARY:
            yield from _check_undoing(definition, node)
    for scope in definition.listeners:
        starts = definition.starts(scope)
        yield from _different(starts)
        for event in starts:
            if event.trigger is Trigger.ERROR and not event.interrupting:
                yield UnsoundDrawing(id=event.id, why=_("an error always interrupts"))
            own = {event.scope, *(node.id for node in _inside(definition, event.scope))}
            others = [node for node in _inside(definition, scope) if node.id not in own]
            yield from _may_come(event, others)


def _inside(definition: Definition, scope: str) -> list[Node]:
    found = []
    for node in definition.inside(scope):
        found.append(node)
        if node.kind in {Kind.SUBPROCESS, Kind.EVENT_SUBPROCESS}:
            found += _inside(definition, node.id)
    return found


def _different(events: Iterable[Node]) -> Iterator[UnsoundDrawing]:
    seen: set[tuple[Trigger, str]] = set()
    for event in events:
        if event.trigger is Trigger.TIMER:
            continue
        if (event.trigger, event.event) in seen:
            yield UnsoundDrawing(id=event.id, why=_("another event there takes it already"))
        seen.add((event.trigger, event.event))


def _may_come(event: Node, places: list[Node]) -> Iterator[UnsoundDrawing]:
    if event.trigger not in OUTWARDS:
        return
    works: Callable[[Node], bool] = (
        (lambda node: node.served or node.kind is Kind.CALL)
        if event.trigger is Trigger.ERROR
        else (lambda node: node.kind is Kind.CALL)
    )
    if not any(works(node) or _throws(node, event) for node in places):
        yield UnsoundDrawing(id=event.id, why=_("nothing there can set it off"))


def _throws(node: Node, event: Node) -> bool:
    throwing = node.kind in {Kind.END, Kind.THROW} and node.trigger is event.trigger
    return throwing and event.event in {"", node.event}


def _check_gateway(definition: Definition, node: Node) -> Iterator[UnsoundDrawing]:
    if len(node.outgoing) < 2:
        yield UnsoundDrawing(id=node.id, why=_("there is nothing to choose between"))
    targets = [definition.nodes[definition.flows[flow].target] for flow in node.outgoing]
    for target in targets:
        if len(target.incoming) > 1:
            yield UnsoundDrawing(id=target.id, why=_("an event after an event-based gateway has no other way in"))
    yield from _different(targets)


def _check_undoing(definition: Definition, node: Node) -> Iterator[UnsoundDrawing]:
    scope = node.scope
    if scope and definition.nodes[scope].kind is Kind.EVENT_SUBPROCESS:
        scope = definition.nodes[scope].scope
    done = [item for item in definition.inside(scope) if not node.event or item.id == node.event]
    reach = [inner for item in done for inner in (item, *_inside(definition, item.id))]
    if not any(item.undone_by for item in reach):
        yield UnsoundDrawing(id=node.id, why=_("there is nothing that can be undone"))

"""Puts nodes and flows together into a definition, and refuses what leads nowhere."""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from quancheng.support.workflow import rules
from quancheng.support.workflow.engine.drawing import ACTIVITIES, MAY_HOST, Definition, Flow, Kind, Node, Trigger
from quancheng.support.workflow.engine.reader.elements import Reader
from quancheng.support.workflow.engine.reader.files import BrokenDrawing, UnsupportedElement

NO_WAY_IN = frozenset({Kind.START, Kind.BOUNDARY, Kind.EVENT_SUBPROCESS})
CHOOSES = frozenset({Kind.EXCLUSIVE, Kind.INCLUSIVE})


def wired(reader: Reader, *, key: str, name: str) -> Definition:
    """Return the definition of what was read. :raises BrokenDrawing, UnsupportedElement: naming what does not fit."""
    nodes, flows = dict(reader.nodes), reader.flows
    for flow in flows.values():
        with reader.faults.each():
            _connect(nodes, flow)
    for node in tuple(nodes.values()):
        with reader.faults.each():
            _complete(nodes, nodes[node.id])
    with reader.faults.each():
        _undoings(nodes, reader.associations)
    listeners: dict[str, tuple[str, ...]] = {}
    for node in nodes.values():
        if node.kind is Kind.EVENT_SUBPROCESS:
            listeners[node.scope] = (*listeners.get(node.scope, ()), node.first)
    return Definition(
        key=key,
        name=name or key,
        start=next(iter(reader.starts[""]), ""),
        nodes=nodes,
        flows=flows,
        listeners=listeners,
        data=reader.data,
        upstream={
            node.id: upstream(nodes, flows, node)
            for node in nodes.values()
            if node.kind is Kind.INCLUSIVE and len(node.incoming) > 1
        },
    )


def _connect(nodes: dict[str, Node], flow: Flow) -> None:
    for end in (flow.source, flow.target):
        if end not in nodes:
            raise BrokenDrawing(id=flow.id, why=_("it leads to an element that is not there"))
    source, target = nodes[flow.source], nodes[flow.target]
    fits = source.scope == target.scope and not source.undoes and not target.undoes
    if not fits or target.kind in NO_WAY_IN or source.kind is Kind.EVENT_SUBPROCESS:
        raise BrokenDrawing(id=flow.id, why=_("a flow cannot end there"))
    if flow.condition and source.kind not in CHOOSES:
        raise UnsupportedElement(type="conditionExpression", id=flow.id)
    if source.kind is Kind.EVENTS and target.kind is not Kind.CATCH:
        raise BrokenDrawing(id=flow.id, why=_("after an event-based gateway stand events that are waited for"))
    nodes[source.id] = replace(source, outgoing=(*source.outgoing, flow.id))
    target = nodes[flow.target]
    nodes[target.id] = replace(target, incoming=(*target.incoming, flow.id))


def _complete(nodes: dict[str, Node], node: Node) -> None:
    if node.default and node.default not in node.outgoing:
        raise BrokenDrawing(id=node.id, why=_("its default flow does not leave it"))
    if node.trigger is Trigger.TIMER and not node.duration and not node.date:
        raise BrokenDrawing(id=node.id, why=_("the timer says neither a duration nor a date"))
    if node.trigger is Trigger.MESSAGE and not node.event:
        raise BrokenDrawing(id=node.id, why=_("it names no message"))
    if node.trigger is Trigger.SIGNAL and not node.event:
        raise BrokenDrawing(id=node.id, why=_("it names no signal"))
    if node.undoes and node.kind not in ACTIVITIES:
        raise UnsupportedElement(type="isForCompensation", id=node.id)
    if node.repeat and node.kind not in ACTIVITIES:
        raise UnsupportedElement(type="loopCharacteristics", id=node.id)
    try:
        rules.forbidden(node.moves)
    except rules.UnknownMove as unknown:
        raise BrokenDrawing(id=node.id, why=_("qc:moves names a move that there is not")) from unknown
    if node.kind is Kind.BOUNDARY:
        _attach(nodes, node)


def _attach(nodes: dict[str, Node], node: Node) -> None:
    host = nodes.get(node.host)
    undoing = node.trigger is Trigger.COMPENSATION
    may = host is not None and host.scope == node.scope and host.kind in (ACTIVITIES if undoing else MAY_HOST)
    if host is None or not may:
        raise BrokenDrawing(id=node.id, why=_("it is not attached to a task or sub-process beside it"))
    if host.undoes:
        raise UnsupportedElement(type="boundaryEvent", id=node.id)
    if undoing:
        if node.outgoing:
            raise BrokenDrawing(id=node.id, why=_("compensation has no way on, but an activity that undoes"))
        return
    if node.trigger is Trigger.ERROR and not node.interrupting:
        raise BrokenDrawing(id=node.id, why=_("an error always interrupts"))
    nodes[host.id] = replace(host, boundaries=(*host.boundaries, node.id))


def _undoings(nodes: dict[str, Node], associations: list[tuple[str, str]]) -> None:
    """Tell each activity with a compensation event which activity undoes it."""
    used: set[str] = set()
    for node in tuple(nodes.values()):
        if node.kind is not Kind.BOUNDARY or node.trigger is not Trigger.COMPENSATION:
            continue
        linked = [target for source, target in associations if source == node.id]
        linked += [source for source, target in associations if target == node.id]
        found = [nodes[item] for item in linked if item in nodes and nodes[item].undoes]
        if len(found) != 1 or found[0].scope != node.scope:
            raise BrokenDrawing(id=node.id, why=_("compensation needs one activity that undoes, linked to it"))
        used.add(found[0].id)
        nodes[node.host] = replace(nodes[node.host], undone_by=found[0].id)
    for node in nodes.values():
        if node.undoes and node.id not in used:
            raise BrokenDrawing(id=node.id, why=_("nothing is undone by it"))
        if node.trigger is Trigger.COMPENSATION and node.kind is not Kind.BOUNDARY and node.event:
            aim = nodes.get(node.event)
            if aim is None or aim.kind not in ACTIVITIES:
                raise BrokenDrawing(id=node.id, why=_("it undoes an activity that is not there"))


def upstream(nodes: Mapping[str, Node], flows: Mapping[str, Flow], join: Node) -> dict[str, frozenset[str]]:
    """Return for each flow into `join` the nodes from which a token can arrive by it without passing `join`."""
    return {flow: _behind(nodes, flows, flow, join.id) for flow in join.incoming}


def _behind(nodes: Mapping[str, Node], flows: Mapping[str, Flow], flow: str, join: str) -> frozenset[str]:
    found: set[str] = set()
    queue = deque([flows[flow].source])
    while queue:
        identity = queue.popleft()
        if identity in found or identity == join:
            continue
        found.add(identity)
        node = nodes[identity]
        queue.extend(flows[item].source for item in node.incoming)
        if node.kind is Kind.BOUNDARY:
            queue.append(node.host)
    return frozenset(found)

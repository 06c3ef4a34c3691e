"""Nodes, flows, associations and data objects of a process, read one by one; `wiring` puts them together."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _
from lxml import etree

from quancheng.support.workflow.engine.drawing import DECISION, Called, Datum, Flow, Kind, Node, Trigger
from quancheng.support.workflow.engine.reader import triggers
from quancheng.support.workflow.engine.reader.files import (
    BPMN,
    QC,
    BrokenDrawing,
    Faults,
    UnsupportedElement,
    expression,
    tag,
)
from quancheng.support.workflow.engine.reader.repeats import REPEATS, repeat

PASSIVE = frozenset(
    [
        "documentation",
        "extensionElements",
        "laneSet",
        "incoming",
        "outgoing",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "textAnnotation",
        "association",
        "group",
        "ioSpecification",
        "property",
        "dataInputAssociation",
        "dataOutputAssociation",
        "dataInput",
        "dataOutput",
        "inputSet",
        "outputSet",
        "auditing",
        "monitoring",
        "potentialOwner",
        "humanPerformer",
        "performer",
        "resourceRole",
        "rendering",
        "supports",
    ]
)
TASKS = {
    "task": Kind.PASS,
    "manualTask": Kind.PASS,
    "userTask": Kind.USER,
    "serviceTask": Kind.SERVICE,
    "sendTask": Kind.SERVICE,
    "businessRuleTask": Kind.SERVICE,
    "receiveTask": Kind.CATCH,
    "callActivity": Kind.CALL,
}
GATEWAYS = {
    "exclusiveGateway": Kind.EXCLUSIVE,
    "parallelGateway": Kind.PARALLEL,
    "inclusiveGateway": Kind.INCLUSIVE,
    "eventBasedGateway": Kind.EVENTS,
}
TYPES = frozenset({"string", "number", "boolean", "date", "date-time", "list", "context", "any"})


class Reader:
    """Collects what stands in a process. `starts` are the start events of each scope, in the order of the drawing."""

    def __init__(self, names: triggers.Names, faults: Faults) -> None:
        self.names, self.faults = names, faults
        self.nodes: dict[str, Node] = {}
        self.flows: dict[str, Flow] = {}
        self.starts: dict[str, list[str]] = {}
        self.data: dict[str, dict[str, Datum]] = {}
        self.associations: list[tuple[str, str]] = []

    def read(self, process: etree._Element) -> None:
        """Read a process and everything in it."""
        self._scope(process, scope="", place=None)

    def _scope(self, container: etree._Element, *, scope: str, place: Kind | None) -> None:
        self.starts[scope] = []
        for item in container.iterchildren(BPMN + "*"):
            with self.faults.each():
                self._one(item, tag(item), scope, place)
        with self.faults.each():
            if len(self.starts[scope]) != 1:
                raise BrokenDrawing(id=container.get("id", ""), why=_("it needs exactly one start event"))

    def _one(self, item: etree._Element, name: str, scope: str, place: Kind | None) -> None:
        if name == "sequenceFlow":
            self._flow(item)
        elif name == "association":
            self.associations.append((item.get("sourceRef", ""), item.get("targetRef", "")))
        elif name in {"dataObject", "dataObjectReference"}:
            self._datum(item, scope)
        elif name not in PASSIVE and name not in REPEATS:
            self._node(item, name, scope, place)

    def _flow(self, item: etree._Element) -> None:
        source, target = item.get("sourceRef", ""), item.get("targetRef", "")
        condition = expression(item.findtext(BPMN + "conditionExpression"))
        flow = Flow(self._new_id(item), source, target, condition, item.get("name", ""))
        self.flows[flow.id] = flow

    def _datum(self, item: etree._Element, scope: str) -> None:
        kind = item.get(QC + "type", "")
        if not kind:
            return
        name = item.get(QC + "variable", "") or item.get("name", "")
        if kind not in TYPES or not name:
            raise BrokenDrawing(id=item.get("id", name), why=_("a declared variable has a name and a known type"))
        self.data.setdefault(scope, {})[name] = Datum(name=name, type=kind, many=item.get("isCollection") == "true")

    def _new_id(self, item: etree._Element) -> str:
        found = item.get("id", "")
        if not found or found in self.nodes or found in self.flows:
            raise BrokenDrawing(id=found or tag(item), why=_("every element needs an id of its own"))
        return found

    def _node(self, item: etree._Element, name: str, scope: str, place: Kind | None) -> None:
        identity = self._new_id(item)
        if self.faults.kept is not None:
            # Flows to an element that cannot be read still lead somewhere, so that nothing is said of them.
            self.nodes[identity] = Node(id=identity, kind=Kind.PASS, scope=scope)
        definitions, loops = self._parts(item, name)
        node = Node(
            id=identity,
            kind=Kind.PASS,
            name=" ".join(item.get("name", "").split()),
            scope=scope,
            default=item.get("default", ""),
            privilege=item.get(QC + "privilege", ""),
            organisation=item.get(QC + "organisation", ""),
            form=item.get(QC + "form", ""),
            days=item.get(QC + "days", ""),
            moves=item.get(QC + "moves", ""),
            repeatable=item.get(QC + "repeatable") == "true",
            handler=item.get(QC + "handler", ""),
            host=item.get("attachedToRef", ""),
            interrupting=item.get("cancelActivity", item.get("isInterrupting", "true")) != "false",
            undoes=item.get("isForCompensation") == "true",
        )
        if name in triggers.MAY:
            kind, facts = triggers.event(item, definitions, self.names, place=place)
            node = replace(node, kind=kind, **facts)
        elif definitions:
            raise UnsupportedElement(type=name, id=identity)
        else:
            node = self._activity(item, name, node)
        if loops:
            node = replace(node, repeat=repeat(item, loops[0]))
        self.nodes[identity] = node
        if node.kind is Kind.START:
            self.starts[scope].append(identity)
        if node.kind in {Kind.SUBPROCESS, Kind.EVENT_SUBPROCESS}:
            self._scope(item, scope=identity, place=node.kind)
            for first in self.starts[identity][:1]:
                self.nodes[identity] = replace(self.nodes[identity], first=first)

    def _parts(self, item: etree._Element, name: str) -> tuple[list[etree._Element], list[etree._Element]]:
        definitions, loops = [], []
        for child in item.iterchildren(BPMN + "*"):
            inner = tag(child)
            if inner.endswith("EventDefinition") or inner == "eventDefinitionRef":
                definitions.append(child)
            elif inner in REPEATS:
                loops.append(child)
            elif inner not in PASSIVE and name != "subProcess":
                raise UnsupportedElement(type=inner, id=item.get("id", ""))
        if len(loops) > 1 or (loops and name not in TASKS and name != "subProcess"):
            raise UnsupportedElement(type=tag(loops[0]), id=item.get("id", ""))
        return definitions, loops

    def _activity(self, item: etree._Element, name: str, node: Node) -> Node:
        if name == "subProcess":
            by_event = item.get("triggeredByEvent") == "true"
            return replace(node, kind=Kind.EVENT_SUBPROCESS if by_event else Kind.SUBPROCESS)
        if name in GATEWAYS:
            if name == "eventBasedGateway" and (
                item.get("instantiate") == "true" or item.get("eventGatewayType") == "Parallel"
            ):
                raise UnsupportedElement(type=name, id=node.id)
            return replace(node, kind=GATEWAYS[name])
        if name not in TASKS:
            raise UnsupportedElement(type=name, id=node.id)
        node = replace(node, kind=TASKS[name])
        if name == "businessRuleTask" and (decision := item.get(QC + "decision", "")):
            return replace(node, handler=f"{DECISION}{decision}")
        if name == "receiveTask":
            return replace(node, trigger=Trigger.MESSAGE, event=triggers.message(item, self.names) or node.name)
        if name == "callActivity":
            return replace(node, called=_called(item))
        return node


def _called(item: etree._Element) -> Called:
    """Read what is called: `qc:in` and `qc:out` map variables, each with `target` and `source` (FEEL)."""
    key, version = item.get("calledElement", "").rpartition(":")[2], item.get(QC + "version", "0")
    if not key:
        raise BrokenDrawing(id=item.get("id", ""), why=_("it names no process to call"))
    if not (version.isascii() and version.isdigit() and len(version) < 7):
        raise BrokenDrawing(id=item.get("id", ""), why=_("its version is no number"))
    inputs, outputs = (
        tuple((found.get("target", ""), expression(found.get("source"))) for found in item.iter(QC + name))
        for name in ("in", "out")
    )
    if not all(target and source for target, source in (*inputs, *outputs)):
        raise BrokenDrawing(id=item.get("id", ""), why=_("a mapping has a source and a target"))
    return Called(key=key, version=int(version), inputs=inputs, outputs=outputs, all_inputs=not inputs)

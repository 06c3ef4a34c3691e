"""Reads BPMN 2.0 XML (OMG formal/2013-12-09): everything well-formed for viewing, the executable subset for running."""

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_lazy as _
from lxml import etree

from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow import rules
from quancheng.support.workflow.engine.drawing import BOUNDARY, DECISION, Definition, Flow, Kind, Node

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
QC = "{https://quancheng.example/bpmn}"
MAX_BYTES = 4_000_000

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
    "businessRuleTask": Kind.SERVICE,
}
GATEWAYS = {"exclusiveGateway": Kind.EXCLUSIVE, "parallelGateway": Kind.PARALLEL}
# Which event definition makes which kind; None is the event without a definition.
EVENTS: dict[str, dict[str | None, Kind]] = {
    "startEvent": {None: Kind.START},
    "endEvent": {None: Kind.END, "terminateEventDefinition": Kind.TERMINATE},
    "intermediateCatchEvent": {"timerEventDefinition": Kind.TIMER, "messageEventDefinition": Kind.MESSAGE},
    "boundaryEvent": {
        "timerEventDefinition": Kind.BOUNDARY_TIMER,
        "messageEventDefinition": Kind.BOUNDARY_MESSAGE,
    },
}
MAY_HOST = frozenset({Kind.USER, Kind.SERVICE, Kind.SUBPROCESS})


class NotBpmn(Refusal):
    """The text is not well-formed XML, not BPMN 2.0, too large, or holds a document type or entities."""

    code = "workflow.not-bpmn"
    message = _("This is not a BPMN 2.0 drawing: %(why)s.")
    status = 422


class UnsupportedElement(Refusal):
    """The drawing can be viewed but not executed: it holds an element outside the executable subset."""

    code = "workflow.unsupported-element"
    message = _("The element %(type)s “%(id)s” cannot be executed here.")
    status = 422


class BrokenDrawing(Refusal):
    """A reference in the drawing leads nowhere, or an executable element lacks what it needs."""

    code = "workflow.broken-drawing"
    message = _("The element “%(id)s” of the drawing is incomplete: %(why)s.")
    status = 422


@dataclass(frozen=True, slots=True)
class Process:
    """A process in a file. `executable` is what the drawing says of itself."""

    id: str
    name: str
    executable: bool


def processes(xml: str | bytes) -> tuple[Process, ...]:
    """Return the processes of a file; every well-formed BPMN file can be viewed. :raises NotBpmn: otherwise."""
    return tuple(
        Process(item.get("id", ""), item.get("name", ""), item.get("isExecutable") == "true")
        for item in _root(xml).iterchildren(BPMN + "process")
    )


def names(xml: str | bytes) -> dict[str, str]:
    """Return the names of all named elements of a file by id, for sentences and text alternatives."""
    return {
        item.get("id"): item.get("name") for item in _root(xml).iter(BPMN + "*") if item.get("id") and item.get("name")
    }


def definition(xml: str | bytes, *, process: str = "") -> Definition:
    """Return the executable definition of `process`; without it, of the one process marked executable, or the only one.

    :raises NotBpmn: if it is no BPMN file.
    :raises UnsupportedElement: naming the first element outside the executable subset.
    :raises BrokenDrawing: naming the element whose reference leads nowhere.
    """
    root = _root(xml)
    found = list(root.iterchildren(BPMN + "process"))
    marked = [item for item in found if item.get("isExecutable") == "true"]
    chosen = [item for item in found if item.get("id") == process] if process else marked or found
    if len(chosen) != 1:
        raise BrokenDrawing(id=process or root.get("id", "definitions"), why=_("exactly one process is needed"))
    reader = _Reader(messages={item.get("id"): item.get("name", "") for item in root.iterchildren(BPMN + "message")})
    return reader.read(chosen[0])


def _root(xml: str | bytes) -> etree._Element:
    """Parse without touching entities, document types, files or the network."""
    text = xml.encode() if isinstance(xml, str) else xml
    if len(text) > MAX_BYTES:
        raise NotBpmn(why=_("the file is larger than 4 MB"))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotBpmn(why=str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise NotBpmn(why=_("document types are not accepted"))
    if root.tag != BPMN + "definitions":
        raise NotBpmn(why=_("the outermost element is not bpmn:definitions"))
    return root


def _tag(item: etree._Element) -> str:
    return etree.QName(item).localname


def _expression(text: str | None) -> str:
    """FEEL as it stands in conditions: modellers write it with or without the leading equals sign."""
    return (text or "").strip().removeprefix("=").strip()


class _Reader:
    def __init__(self, *, messages: dict[str, str]) -> None:
        self.messages = messages
        self.nodes: dict[str, Node] = {}
        self.flows: dict[str, Flow] = {}
        self.starts: dict[str, list[str]] = {}

    def read(self, process: etree._Element) -> Definition:
        self._scope(process, scope="")
        for flow in self.flows.values():
            self._connect(flow)
        for node in tuple(self.nodes.values()):
            self._complete(node)
        (start,) = self.starts[""]
        key = process.get("id", "")
        return Definition(key=key, name=process.get("name", "") or key, start=start, nodes=self.nodes, flows=self.flows)

    def _scope(self, container: etree._Element, *, scope: str) -> None:
        self.starts[scope] = []
        for item in container.iterchildren(BPMN + "*"):
            tag = _tag(item)
            if tag == "sequenceFlow":
                self._flow(item)
            elif tag not in PASSIVE:
                self._node(item, tag, scope)
        if len(self.starts[scope]) != 1:
            raise BrokenDrawing(id=container.get("id", ""), why=_("it needs exactly one start event"))

    def _flow(self, item: etree._Element) -> None:
        source, target = item.get("sourceRef", ""), item.get("targetRef", "")
        condition = _expression(item.findtext(BPMN + "conditionExpression"))
        flow = Flow(self._new_id(item), source, target, condition, item.get("name", ""))
        self.flows[flow.id] = flow

    def _new_id(self, item: etree._Element) -> str:
        found = item.get("id", "")
        if not found or found in self.nodes or found in self.flows:
            raise BrokenDrawing(id=found or _tag(item), why=_("every element needs an id of its own"))
        return found

    def _node(self, item: etree._Element, tag: str, scope: str) -> None:
        identity = self._new_id(item)
        kind, trigger = self._kind(item, tag)
        decision = item.get(QC + "decision", "") if tag == "businessRuleTask" else ""
        node = Node(
            id=identity,
            kind=kind,
            name=(item.get("name") or "").strip(),
            scope=scope,
            default=item.get("default", ""),
            privilege=item.get(QC + "privilege", ""),
            organisation=item.get(QC + "organisation", ""),
            form=item.get(QC + "form", ""),
            days=item.get(QC + "days", ""),
            moves=item.get(QC + "moves", ""),
            repeatable=item.get(QC + "repeatable") == "true",
            handler=f"{DECISION}{decision}" if decision else item.get(QC + "handler", ""),
            host=item.get("attachedToRef", ""),
            interrupting=item.get("cancelActivity", "true") != "false",
        )
        self.nodes[identity] = replace(node, **self._trigger(node, trigger)) if trigger is not None else node
        if kind is Kind.START:
            self.starts[scope].append(identity)
        if kind is Kind.SUBPROCESS:
            self._scope(item, scope=identity)
            self.nodes[identity] = replace(self.nodes[identity], first=self.starts[identity][0])

    def _kind(self, item: etree._Element, tag: str) -> tuple[Kind, etree._Element | None]:
        refusal = UnsupportedElement(type=tag, id=item.get("id", ""))
        triggers = []
        for child in item.iterchildren(BPMN + "*"):
            inner = _tag(child)
            if inner.endswith("EventDefinition") or inner == "eventDefinitionRef":
                triggers.append(child)
            elif (inner not in PASSIVE and tag != "subProcess") or inner.endswith("LoopCharacteristics"):
                raise UnsupportedElement(type=inner, id=item.get("id", ""))
        if item.get("isForCompensation") == "true" or item.get("triggeredByEvent") == "true" or len(triggers) > 1:
            raise refusal
        if tag in EVENTS:
            trigger = triggers[0] if triggers else None
            name = _tag(trigger) if trigger is not None else None
            if name not in EVENTS[tag]:
                raise UnsupportedElement(type=f"{tag} ({name or 'none'})", id=item.get("id", ""))
            return EVENTS[tag][name], trigger
        if tag in TASKS or tag in GATEWAYS:
            return TASKS.get(tag) or GATEWAYS[tag], None
        if tag == "subProcess":
            return Kind.SUBPROCESS, None
        raise refusal

    def _trigger(self, node: Node, trigger: etree._Element) -> dict[str, Any]:
        if _tag(trigger) == "messageEventDefinition":
            reference = trigger.get("messageRef", "").rpartition(":")[2]
            return {"message": self.messages.get(reference) or reference}
        if _tag(trigger) != "timerEventDefinition":
            return {}
        if trigger.find(BPMN + "timeCycle") is not None:
            raise UnsupportedElement(type="timeCycle", id=node.id)
        return {
            "duration": (trigger.findtext(BPMN + "timeDuration") or "").strip(),
            "date": (trigger.findtext(BPMN + "timeDate") or "").strip(),
        }

    def _connect(self, flow: Flow) -> None:
        for end in (flow.source, flow.target):
            if end not in self.nodes:
                raise BrokenDrawing(id=flow.id, why=_("it leads to an element that is not there"))
        source, target = self.nodes[flow.source], self.nodes[flow.target]
        if source.scope != target.scope or target.kind in {Kind.START, *BOUNDARY}:
            raise BrokenDrawing(id=flow.id, why=_("a flow cannot end there"))
        if flow.condition and source.kind is not Kind.EXCLUSIVE:
            raise UnsupportedElement(type="conditionExpression", id=flow.id)
        self.nodes[source.id] = replace(source, outgoing=(*source.outgoing, flow.id))
        target = self.nodes[flow.target]
        self.nodes[target.id] = replace(target, incoming=(*target.incoming, flow.id))

    def _complete(self, node: Node) -> None:
        if node.default and node.default not in node.outgoing:
            raise BrokenDrawing(id=node.id, why=_("its default flow does not leave it"))
        if node.kind in {Kind.TIMER, Kind.BOUNDARY_TIMER} and not node.duration and not node.date:
            raise BrokenDrawing(id=node.id, why=_("the timer says neither a duration nor a date"))
        try:
            rules.forbidden(node.moves)
        except rules.UnknownMove as unknown:
            raise BrokenDrawing(id=node.id, why=_("qc:moves names a move that there is not")) from unknown
        if node.kind in {Kind.MESSAGE, Kind.BOUNDARY_MESSAGE} and not node.message:
            raise BrokenDrawing(id=node.id, why=_("it names no message"))
        if node.kind in BOUNDARY:
            host = self.nodes.get(node.host)
            if host is None or host.kind not in MAY_HOST or host.scope != node.scope:
                raise BrokenDrawing(id=node.id, why=_("it is not attached to a task or sub-process beside it"))
            self.nodes[host.id] = replace(host, boundaries=(*host.boundaries, node.id))

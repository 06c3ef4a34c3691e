"""Writes BPMN drawings for tests: by hand, node by node, or from nested blocks."""

import itertools
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
QC = "https://quancheng.example/bpmn"

TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>{}</bpmn:timeDuration></bpmn:timerEventDefinition>"
DATE = "<bpmn:timerEventDefinition><bpmn:timeDate>{}</bpmn:timeDate></bpmn:timerEventDefinition>"
MESSAGE = '<bpmn:messageEventDefinition messageRef="{}"/>'
SIGNAL = '<bpmn:signalEventDefinition signalRef="{}"/>'
ERROR = '<bpmn:errorEventDefinition errorRef="{}"/>'
ESCALATION = '<bpmn:escalationEventDefinition escalationRef="{}"/>'
COMPENSATION = "<bpmn:compensateEventDefinition/>"
TERMINATE = "<bpmn:terminateEventDefinition/>"
ROOTS = {
    "messages": '<bpmn:message id="{0}" name="{0}"/>',
    "signals": '<bpmn:signal id="{0}" name="{0}"/>',
    "errors": '<bpmn:error id="{0}" name="{0}" errorCode="{0}"/>',
    "escalations": '<bpmn:escalation id="{0}" name="{0}" escalationCode="{0}"/>',
}


@dataclass
class Drawing:
    """A drawing under construction. Conditions are FEEL unless `language` is python."""

    key: str = "errand"
    executable: bool = True
    language: str = "feel"
    messages: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()
    nodes: dict[str, tuple[str, str, str, str]] = field(default_factory=dict)  # id -> tag, attributes, inner, scope
    flows: list[tuple[str, str, str, str]] = field(default_factory=list)
    raw: list[tuple[str, str]] = field(default_factory=list)  # scope, what else stands in it

    def add(self, tag: str, identity: str, *, scope: str = "", inner: str = "", **attributes: str) -> str:
        written = " ".join(f"{name.replace('__', ':')}={quoteattr(text)}" for name, text in attributes.items())
        self.nodes[identity] = (tag, written, inner, scope)
        return identity

    def task(self, identity: str, *, scope: str = "", privilege: str = "demo.errand.run", **attributes: str) -> str:
        more = {f"qc__{name}": text for name, text in attributes.items()}
        return self.add("userTask", identity, scope=scope, name=identity, qc__privilege=privilege, **more)

    def box(self, identity: str, *inside: str, scope: str = "", event: str = "", **attributes: str) -> str:
        """Add a sub-process with user tasks one after the other; `event` is what its start event waits for."""
        if event:
            attributes["triggeredByEvent"] = "true"
        interrupting = {"isInterrupting": attributes.pop("isInterrupting")} if "isInterrupting" in attributes else {}
        loop = attributes.pop("inner", "")
        self.add("subProcess", identity, scope=scope, inner=loop, name=identity, **attributes)
        self.add("startEvent", f"{identity}0", scope=identity, inner=event, **interrupting)
        for task in inside:
            self.task(task, scope=identity)
        self.add("endEvent", f"{identity}1", scope=identity)
        if inside:
            self.path(f"{identity}0", *inside, f"{identity}1")
        return identity

    def edge(self, identity: str, host: str, inner: str, *, interrupting: bool = True, scope: str = "") -> str:
        """Add an event on the boundary of `host`."""
        cancel = "true" if interrupting else "false"
        return self.add("boundaryEvent", identity, scope=scope, inner=inner, attachedToRef=host, cancelActivity=cancel)

    def undone(self, activity: str, by: str, *, scope: str = "", tag: str = "userTask") -> None:
        """Say that the user task `by` undoes `activity`."""
        self.edge(f"{activity}-undo", activity, COMPENSATION, scope=scope)
        self.add(tag, by, scope=scope, name=by, qc__privilege="demo.errand.run", isForCompensation="true")
        link = f'<bpmn:association id="{by}-link" sourceRef="{activity}-undo" targetRef="{by}"/>'
        self.raw.append((scope, link))

    def declare(self, name: str, kind: str, *, scope: str = "", many: bool = False) -> None:
        """Declare a variable."""
        more = ' isCollection="true"' if many else ""
        self.raw.append((scope, f'<bpmn:dataObject id="data-{scope}{name}" name="{name}" qc:type="{kind}"{more}/>'))

    def service(self, identity: str, *, handler: str = "workflow.test", scope: str = "") -> str:
        return self.add("serviceTask", identity, scope=scope, name=identity, qc__handler=handler)

    def path(self, *identities: str) -> "Drawing":
        for source, target in itertools.pairwise(identities):
            self.flow(source, target)
        return self

    def flow(self, source: str, target: str, condition: str = "", *, identity: str = "") -> str:
        identity = identity or f"{source}-{target}"
        self.flows.append((identity, source, target, condition))
        return identity

    def xml(self) -> str:
        roots = "".join(text.format(name) for kind, text in ROOTS.items() for name in getattr(self, kind))
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions xmlns:bpmn="{BPMN}" xmlns:qc="{QC}" '
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="x">{roots}'
            f'<bpmn:process id="{self.key}" name="{self.key}" isExecutable="{str(self.executable).lower()}">'
            f"{self._scope('')}</bpmn:process></bpmn:definitions>"
        )

    def _scope(self, scope: str) -> str:
        inside = {identity: node for identity, node in self.nodes.items() if node[3] == scope}
        parts = []
        for identity, (tag, attributes, inner, _scope) in inside.items():
            ends = "".join(f"<bpmn:incoming>{f[0]}</bpmn:incoming>" for f in self.flows if f[2] == identity)
            ends += "".join(f"<bpmn:outgoing>{f[0]}</bpmn:outgoing>" for f in self.flows if f[1] == identity)
            nested = self._scope(identity) if tag == "subProcess" else ""
            parts.append(f'<bpmn:{tag} id="{identity}" {attributes}>{ends}{inner}{nested}</bpmn:{tag}>')
        for identity, source, target, condition in self.flows:
            if source in inside:
                tag = "bpmn:conditionExpression"
                said = f'<{tag} xsi:type="bpmn:tFormalExpression">{condition}</{tag}>' if condition else ""
                parts.append(
                    f'<bpmn:sequenceFlow id="{identity}" sourceRef="{source}" targetRef="{target}">{said}'
                    "</bpmn:sequenceFlow>"
                )
        return "".join([*parts, *(text for place, text in self.raw if place == scope)])


def line(*tasks: str, key: str = "errand", **attributes: str) -> str:
    """Return a drawing with user tasks one after the other."""
    drawing = Drawing(key=key)
    drawing.add("startEvent", "start")
    for task in tasks:
        drawing.task(task, **attributes)
    drawing.add("endEvent", "end")
    return drawing.path("start", *tasks, "end").xml()


Block = tuple


def from_blocks(block: Block, *, language: str = "feel", key: str = "errand") -> str:
    """Return a drawing of nested blocks: ("task",) ("seq", …) ("xor", …) ("and", …) ("sub", block).

    The n-th exclusive gateway takes the branch whose number stands in the variable `choice_<n>`; the last is default.
    """
    drawing = Drawing(key=key, language=language)
    drawing.add("startEvent", "start")
    drawing.add("endEvent", "end")
    first, last = _emit(block, drawing, "")
    drawing.path("start", first)
    drawing.path(last, "end")
    return drawing.xml()


def _emit(block: Block, drawing: Drawing, scope: str) -> tuple[str, str]:
    kind, *parts = block
    number = len(drawing.nodes)
    if kind == "task":
        identity = drawing.task(f"t{number}", scope=scope)
        return identity, identity
    if kind == "seq":
        ends = [_emit(part, drawing, scope) for part in parts]
        for (_first, last), (following, _last) in itertools.pairwise(ends):
            drawing.path(last, following)
        return ends[0][0], ends[-1][1]
    if kind == "sub":
        identity = drawing.add("subProcess", f"s{number}", scope=scope, name=f"s{number}")
        start = drawing.add("startEvent", f"s{number}start", scope=identity)
        end = drawing.add("endEvent", f"s{number}end", scope=identity)
        first, last = _emit(parts[0], drawing, identity)
        drawing.path(start, first)
        drawing.path(last, end)
        return identity, identity
    tag = "exclusiveGateway" if kind == "xor" else "parallelGateway"
    default = {"default": f"g{number}-{len(parts) - 1}"} if kind == "xor" else {}
    split = drawing.add(tag, f"g{number}", scope=scope, **default)
    merge = drawing.add(tag, f"g{number}join", scope=scope)
    equals = "=" if drawing.language == "feel" else "=="
    for place, part in enumerate(parts):
        first, last = _emit(part, drawing, scope)
        condition = f"choice_g{number} {equals} {place}" if kind == "xor" and place < len(parts) - 1 else ""
        drawing.flow(split, first, condition, identity=f"g{number}-{place}")
        drawing.path(last, merge)
    return split, merge


def choices(xml: str) -> list[tuple[str, int]]:
    """Return the variables that decide the exclusive gateways of a generated drawing, with how many ways each has."""
    from quancheng.support.workflow.engine import reader
    from quancheng.support.workflow.engine.drawing import Kind

    found = reader.definition(xml).of_kind(Kind.EXCLUSIVE)
    return [(f"choice_{node.id}", len(node.outgoing)) for node in found if node.default]

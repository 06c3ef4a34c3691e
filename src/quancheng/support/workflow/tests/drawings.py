"""Writes BPMN drawings for tests: by hand, node by node, or from nested blocks."""

import itertools
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from quancheng.support.workflow.engine import reader
from quancheng.support.workflow.engine.drawing import Kind

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

    @property
    def equals(self) -> str:
        """How the language of the conditions compares."""
        return "=" if self.language == "feel" else "=="

    @property
    def true(self) -> str:
        """How the language of the conditions says true."""
        return "true" if self.language == "feel" else "True"

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
    """Return the XML of `of_blocks`."""
    return of_blocks(block, language=language, key=key).xml()


def of_blocks(block: Block, *, language: str = "feel", key: str = "errand") -> Drawing:
    """Return a drawing of nested blocks: ("task",) ("seq", …) ("xor", …) ("and", …) ("or", …) ("sub", block).

    ("race", …) waits at an event-based gateway for one of several signals, ("edge", interrupting, block) is a task with
    a signal on its boundary, ("many", sequential, count) a task done several times, ("loop", count) one in a loop,
    ("error", block, block) a sub-process that may end with an error which the second block handles, ("escalate",
    interrupting, block) a sub-process that may escalate.

    The exclusive gateway <n> takes the branch whose number stands in the variable `choice_<n>`, the inclusive one all
    whose `take_<n>_<number>` is true; the last is default. Signals are called `<gateway or event>_<number>`.
    """
    drawing = Drawing(key=key, language=language)
    drawing.add("startEvent", "start")
    drawing.add("endEvent", "end")
    first, last = _emit(block, drawing, "")
    drawing.path("start", first)
    drawing.path(last, "end")
    return drawing


def _emit(block: Block, drawing: Drawing, scope: str) -> tuple[str, str]:  # noqa: PLR0911 - one for each block
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
    if kind in {"many", "loop"}:
        return _repeated(kind, parts, drawing, scope)
    if kind in {"edge", "error", "escalate"}:
        return _interrupted(kind, parts, drawing, scope)
    if kind == "race":
        return _race(parts, drawing, scope)
    tag = {"xor": "exclusiveGateway", "and": "parallelGateway", "or": "inclusiveGateway"}[kind]
    default = {"default": f"g{number}-{len(parts) - 1}"} if kind != "and" else {}
    split = drawing.add(tag, f"g{number}", scope=scope, **default)
    merge = drawing.add(tag, f"g{number}join", scope=scope)
    for place, part in enumerate(parts):
        first, last = _emit(part, drawing, scope)
        asked = {"xor": f"choice_g{number}", "or": f"take_g{number}_{place}"}.get(kind)
        value = str(place) if kind == "xor" else drawing.true
        condition = f"{asked} {drawing.equals} {value}" if asked and place < len(parts) - 1 else ""
        drawing.flow(split, first, condition, identity=f"g{number}-{place}")
        drawing.path(last, merge)
    return split, merge


def _repeated(kind: str, parts: list, drawing: Drawing, scope: str) -> tuple[str, str]:
    identity = f"t{len(drawing.nodes)}"
    if kind == "many":
        order = ' isSequential="true"' if parts[0] else ""
        count = f"<bpmn:loopCardinality>{parts[1]}</bpmn:loopCardinality>"
        tag = "bpmn:multiInstanceLoopCharacteristics"
        inner = f"<{tag}{order}>{count}</{tag}>"
    else:
        inner = f'<bpmn:standardLoopCharacteristics loopMaximum="{parts[0]}"/>'
    drawing.add("userTask", identity, scope=scope, inner=inner, name=identity, qc__privilege="demo.errand.run")
    return identity, identity


def _race(parts: list, drawing: Drawing, scope: str) -> tuple[str, str]:
    number = len(drawing.nodes)
    split = drawing.add("eventBasedGateway", f"g{number}", scope=scope)
    merge = drawing.add("exclusiveGateway", f"g{number}join", scope=scope)
    for place, part in enumerate(parts):
        signal = f"g{number}_{place}"
        drawing.signals = (*drawing.signals, signal)
        hear = drawing.add("intermediateCatchEvent", f"{signal}hear", scope=scope, inner=SIGNAL.format(signal))
        first, last = _emit(part, drawing, scope)
        drawing.path(split, hear, first).path(last, merge)
    return split, merge


def _interrupted(kind: str, parts: list, drawing: Drawing, scope: str) -> tuple[str, str]:
    """A task or sub-process with an event on its boundary; an interrupting one leads back, another to its own end."""
    number = len(drawing.nodes)
    if kind == "edge":
        interrupting, event = parts[0], f"e{number}_0"
        drawing.signals = (*drawing.signals, event)
        host, inner = drawing.task(f"t{number}", scope=scope), SIGNAL.format(event)
    else:
        interrupting, event = kind == "error" or parts[0], f"{kind}{number}"
        host = drawing.add("subProcess", f"s{number}", scope=scope, name=f"s{number}")
        thrown = ERROR if kind == "error" else ESCALATION
        inner = thrown.format(event)
        _throwing(kind, parts[0] if kind == "error" else ("task",), drawing, host, inner)
        known = drawing.errors if kind == "error" else drawing.escalations
        setattr(drawing, "errors" if kind == "error" else "escalations", (*known, event))
    drawing.edge(f"e{number}", host, inner, interrupting=interrupting, scope=scope)
    first, last = _emit(parts[-1], drawing, scope)
    drawing.path(f"e{number}", first)
    merge = drawing.add("exclusiveGateway", f"e{number}join", scope=scope)
    drawing.path(host, merge)
    drawing.path(last, merge if interrupting else drawing.add("endEvent", f"e{number}end", scope=scope))
    return host, merge


def _throwing(kind: str, block: Block, drawing: Drawing, host: str, inner: str) -> None:
    """Fill the sub-process `host`: after the block a choice leads to its end or to the event that throws."""
    start = drawing.add("startEvent", f"{host}start", scope=host)
    first, last = _emit(block, drawing, host)
    split = drawing.add("exclusiveGateway", f"{host}g", scope=host, default=f"{host}g-1")
    end = drawing.add("endEvent", f"{host}end", scope=host)
    if kind == "error":
        bad = drawing.add("endEvent", f"{host}bad", scope=host, inner=inner)
    else:
        bad = drawing.add("intermediateThrowEvent", f"{host}up", scope=host, inner=inner)
        after = drawing.task(f"{host}after", scope=host)
        drawing.path(bad, after, end)
    drawing.path(start, first).path(last, split)
    drawing.flow(split, bad, f"choice_{split} {drawing.equals} 0", identity=f"{host}g-0")
    drawing.flow(split, end, identity=f"{host}g-1")


def choices(xml: str) -> list[tuple[str, int]]:
    """Return the variables that decide the exclusive gateways of a generated drawing, with how many ways each has."""
    return [(f"choice_{node.id}", len(node.outgoing)) for node in reader.definition(xml).of_kind(Kind.EXCLUSIVE)
            if node.default]  # fmt: skip


def takings(xml: str) -> list[str]:
    """Return the variables that say which branches the inclusive gateways of a generated drawing take."""
    found = [node for node in reader.definition(xml).of_kind(Kind.INCLUSIVE) if node.default]
    return [f"take_{node.id}_{place}" for node in found for place in range(len(node.outgoing) - 1)]

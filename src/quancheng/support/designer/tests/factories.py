# ruff: noqa: E501 - drawings have long lines
"""A town of two designers, and designs for tests."""

from datetime import UTC, datetime

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.designer import actions, rules

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CITY, OFFICE = "370100/", "370100/office/"
VERBS = ("design.read", "design.write", "draft.keep", "design.submit", "design.review", "design.publish", "bundle.export",
         "bundle.import")  # fmt: skip
PRIVILEGES = [f"designer.{verb}" for verb in VERBS]

DRAWING = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:qc="https://quancheng.example/bpmn"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:other="https://other.example/tool" id="d" targetNamespace="t">
  <bpmn:process id="shop-sign" name="店招设置" isExecutable="true">
    <bpmn:startEvent id="start"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="look" name="现场核查" qc:privilege="demo.errand.run" qc:days="3" other:colour="teal">
      <bpmn:extensionElements><other:hint level="2">keep me</other:hint></bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:exclusiveGateway id="fits" default="f4"><bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>\
<bpmn:outgoing>f4</bpmn:outgoing></bpmn:exclusiveGateway>
    <bpmn:serviceTask id="grant" name="制证" qc:handler="demo.grant"><bpmn:incoming>f3</bpmn:incoming>\
<bpmn:outgoing>f5</bpmn:outgoing></bpmn:serviceTask>
    <bpmn:endEvent id="done"><bpmn:incoming>f5</bpmn:incoming></bpmn:endEvent>
    <bpmn:endEvent id="refused"><bpmn:incoming>f4</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="look"/>
    <bpmn:sequenceFlow id="f2" sourceRef="look" targetRef="fits"/>
    <bpmn:sequenceFlow id="f3" sourceRef="fits" targetRef="grant"><bpmn:conditionExpression>= fine = true\
</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f4" sourceRef="fits" targetRef="refused"/>
    <bpmn:sequenceFlow id="f5" sourceRef="grant" targetRef="done"/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="shop-sign">
    <bpmndi:BPMNShape id="s1" bpmnElement="start"><dc:Bounds x="100" y="142" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s2" bpmnElement="look"><dc:Bounds x="190" y="120" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s3" bpmnElement="fits"><dc:Bounds x="345" y="135" width="50" height="50"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s4" bpmnElement="grant"><dc:Bounds x="450" y="120" width="100" height="80"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s5" bpmnElement="done"><dc:Bounds x="610" y="142" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s6" bpmnElement="refused"><dc:Bounds x="352" y="262" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="e1" bpmnElement="f1"><di:waypoint x="136" y="160"/><di:waypoint x="190" y="160"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="e2" bpmnElement="f2"><di:waypoint x="290" y="160"/><di:waypoint x="345" y="160"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="e3" bpmnElement="f3"><di:waypoint x="395" y="160"/><di:waypoint x="450" y="160"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="e4" bpmnElement="f4"><di:waypoint x="370" y="185"/><di:waypoint x="370" y="262"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="e5" bpmnElement="f5"><di:waypoint x="550" y="160"/><di:waypoint x="610" y="160"/></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
FORM = """{"type": "default", "id": "sign-form", "components": [
  {"type": "textfield", "key": "holder", "id": "F1", "label": "申请人", "validate": {"required": true}},
  {"type": "number", "key": "width", "id": "F2", "label": "宽度（米）"}]}
"""
TABLE = rules.beginning("decision", "sign-size", "店招尺寸").replace(
    '<output id="column_2" name="result" typeRef="string"/>',
    '<output id="column_2" name="result" typeRef="string"/>'
    '<rule id="r1"><inputEntry id="i1"><text>&lt;= 10</text></inputEntry><outputEntry id="o1"><text>"small"</text>'
    '</outputEntry></rule><rule id="r2"><inputEntry id="i2"><text>&gt; 10</text></inputEntry><outputEntry id="o2">'
    '<text>"large"</text></outputEntry></rule>',
)
TEXTS = {"process": ("shop-sign", DRAWING), "form": ("sign-form", FORM), "decision": ("sign-size", TABLE)}


def person(name: str, *verbs: str, place: str = CITY) -> pmi.Actor:
    """Return a member of staff who may do everything here, or only `verbs`."""
    grants = tuple(pmi.Grant(f"designer.{verb}", place) for verb in (verbs or VERBS))
    return pmi.Actor(id=name, name=name.title(), kind="staff", organisation=OFFICE, grants=grants)


ANN, BEN = person("ann"), person("ben")


def office() -> None:
    """Make the places that designs belong to."""
    identity.ensure_organisation(code="370100", name="济南市人民政府", kind="GOVERNMENT")
    identity.ensure_organisation(code="office", name="办公室", kind="DEPARTMENT", parent="370100")


def designed(kind: str = "process", *, actor: pmi.Actor = ANN, content: str | None = None) -> int:
    """Make a design of the office and return its number."""
    office()
    key, text = TEXTS[kind]
    with pmi.delivery():
        return actions.create(
            actor=actor, kind=kind, key=key, title=f"Sign {kind}", organisation=OFFICE, at=NOW,
            content=text if content is None else content,
        )  # fmt: skip


def done(action, **wishes):
    """Do an action inside the test's transaction."""
    wishes.setdefault("at", NOW)
    with pmi.delivery():
        return action(**wishes)


def published(kind: str = "process") -> int:
    """Make a design, take it all the way, and return its number."""
    design_id = designed(kind)
    done(actions.submit, actor=ANN, design_id=design_id, base=1)
    done(actions.approve, actor=BEN, design_id=design_id, base=1)
    done(actions.publish, actor=BEN, design_id=design_id)
    return design_id

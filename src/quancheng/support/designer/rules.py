"""What designs are, without a database: keys, names of things in a process, empty beginnings."""

import json
import re
from typing import Final

KEY: Final = re.compile(r"[A-Za-z_][\w.-]{0,99}", re.ASCII)
LARGEST: Final = 4_000_000
BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
QC: Final = "https://quancheng.example/bpmn"
DMN: Final = "https://www.omg.org/spec/DMN/20191111/MODEL/"

_PROCESS = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="{bpmn}" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" \
xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:qc="{qc}" \
id="definitions-{key}" targetNamespace="https://quancheng.example/designer">
  <bpmn:process id="{key}" name="{title}" isExecutable="true">
    <bpmn:startEvent id="start" name=""/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram">
    <bpmndi:BPMNPlane id="plane" bpmnElement="{key}">
      <bpmndi:BPMNShape id="start-shape" bpmnElement="start"><dc:Bounds x="180" y="160" width="36" height="36"/>\
</bpmndi:BPMNShape>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
_DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="{dmn}" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" \
xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" xmlns:di="http://www.omg.org/spec/DMN/20180521/DI/" \
id="{key}" name="{title}" namespace="https://quancheng.example/designer/{key}">
  <inputData id="input_1" name="amount"><variable id="variable_1" name="amount" typeRef="number"/></inputData>
  <decision id="decision_1" name="result">
    <variable id="variable_2" name="result" typeRef="string"/>
    <informationRequirement id="requirement_1"><requiredInput href="#input_1"/></informationRequirement>
    <decisionTable id="table_1" hitPolicy="UNIQUE">
      <input id="column_1" label="amount"><inputExpression id="expression_1" typeRef="number"><text>amount</text>\
</inputExpression></input>
      <output id="column_2" name="result" typeRef="string"/>
    </decisionTable>
  </decision>
  <dmndi:DMNDI><dmndi:DMNDiagram id="diagram_1">
    <dmndi:DMNShape id="shape_1" dmnElementRef="decision_1"><dc:Bounds x="180" y="80" width="180" height="80"/>\
</dmndi:DMNShape>
    <dmndi:DMNShape id="shape_2" dmnElementRef="input_1"><dc:Bounds x="207" y="250" width="125" height="45"/>\
</dmndi:DMNShape>
    <dmndi:DMNEdge id="edge_1" dmnElementRef="requirement_1"><di:waypoint x="270" y="250"/>\
<di:waypoint x="270" y="160"/></dmndi:DMNEdge>
  </dmndi:DMNDiagram></dmndi:DMNDI>
</definitions>
"""
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def beginning(kind: str, key: str, title: str) -> str:
    """Return the text that a new design of `kind` (process, decision, form) begins with."""
    if kind == "form":
        group = {"type": "group", "id": "group_1", "label": title, "components": []}
        return json.dumps(
            {"type": "default", "id": key, "schemaVersion": 18, "components": [group]}, ensure_ascii=False, indent=2
        )
    text = _PROCESS if kind == "process" else _DECISION
    return text.format(bpmn=BPMN, qc=QC, dmn=DMN, key=key, title=title.translate(_ESCAPES))


def is_key(text: str) -> bool:
    """Whether a text can be the id of a process, a decision model or a form: a letter first, no spaces."""
    return KEY.fullmatch(text) is not None

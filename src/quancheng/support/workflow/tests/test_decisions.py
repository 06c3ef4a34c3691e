"""Business rule tasks: a decision table decides which way a case goes."""

import pytest
from django.utils import translation

from quancheng.support.dmn import public as dmn
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.models import Case, CaseEvent, Job, Task
from quancheng.support.workflow.tests.drawings import Drawing
from quancheng.support.workflow.tests.factories import NOW, started

pytestmark = pytest.mark.django_db
MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="risk" name="Risk" namespace="urn:risk">
  <inputData id="area" name="area"><variable name="area" typeRef="number"/></inputData>
  <decision id="level" name="level"><variable name="level"/>
    <informationRequirement><requiredInput href="#area"/></informationRequirement>
    <decisionTable><input><inputExpression><text>area</text></inputExpression></input><output/>
      <rule><inputEntry><text>[300..9999]</text></inputEntry><outputEntry><text>"high"</text></outputEntry></rule>
      <rule><inputEntry><text>[0..300)</text></inputEntry><outputEntry><text>"low"</text></outputEntry></rule>
    </decisionTable></decision></definitions>"""


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def deciding(decision="risk/level"):
    drawing = Drawing()
    drawing.add("startEvent", "start")
    drawing.add("endEvent", "end")
    drawing.add("businessRuleTask", "assess", name="assess", qc__decision=decision)
    drawing.add("exclusiveGateway", "fork", default="fork-desk")
    drawing.task("visit")
    drawing.task("desk")
    drawing.path("start", "assess", "fork")
    drawing.flow("fork", "visit", 'level = "high"')
    drawing.path("fork", "desk", "end")
    return drawing.path("visit", "end").xml()


@pytest.mark.parametrize(("area", "level", "rule", "step"), [(320, "high", 1, "visit"), (80, "low", 2, "desk")])
def test_the_answer_becomes_a_variable_and_the_rule_stands_in_the_history(area, level, rule, step):
    dmn.deploy("workflow", MODEL)
    started(deciding(), area=area)

    workflow.run_due(at=NOW)

    assert Case.objects.get().variables == {"area": area, "level": level}
    assert Task.objects.get().name == step
    assert CaseEvent.objects.get(kind="SERVED").text == f"risk v1 · level (level: rule {rule})"


def test_a_decision_without_an_answer_stops_the_case_and_says_why():
    dmn.deploy("workflow", MODEL)
    started(deciding(), area="wide")

    workflow.run_due(at=NOW)

    assert "level" not in Case.objects.get().variables
    assert "area: the value is not of type number" in Job.objects.get().last_error


@pytest.mark.parametrize("decision", ["risk", "/level", "risk/"])
def test_an_incomplete_address_is_refused_at_import(decision):
    with pytest.raises(workflow.UnsoundDrawing):
        workflow.deploy("workflow", deciding(decision))

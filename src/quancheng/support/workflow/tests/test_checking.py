"""A designer is told every fault of a drawing, each with the id of its element."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine import reader, soundness
from quancheng.support.workflow.tests.drawings import MESSAGE, line
from quancheng.support.workflow.tests.running import framed


def told(drawing):
    return [(fault.element_id, fault.code) for fault in workflow.check(drawing.xml())]


@pytest.mark.django_db
class TestCheck:
    def test_a_drawing_that_can_be_put_to_work_has_no_faults(self):
        xml = line("a", "b")

        assert workflow.check(xml) == []

    def test_an_element_that_cannot_be_executed_does_not_hide_the_others(self):
        drawing = framed()
        drawing.add("scriptTask", "script")
        drawing.add("userTask", "nobodys")
        drawing.add("complexGateway", "knot")
        drawing.path("start", "script", "nobodys", "knot", "end")

        assert told(drawing) == [
            ("script", "workflow.unsupported-element"),
            ("knot", "workflow.unsupported-element"),
            ("nobodys", "workflow.unsound-drawing"),
        ]

    def test_flows_that_lead_nowhere_are_named_one_by_one(self):
        drawing = framed()
        drawing.task("a")
        drawing.path("start", "a", "end").path("a", "gone").path("start", "nowhere")

        assert told(drawing) == [
            ("a-gone", "workflow.broken-drawing"),
            ("start-nowhere", "workflow.broken-drawing"),
        ]

    def test_of_a_line_that_ends_nowhere_only_its_last_element_is_named(self):
        drawing = framed()
        for name in ("a", "b", "c"):
            drawing.task(name)
        drawing.task("island")
        drawing.task("shore")
        drawing.path("start", "a", "b", "c").path("start", "end").path("island", "shore", "end")

        assert told(drawing) == [("island", "workflow.unsound-drawing"), ("c", "workflow.unsound-drawing")]

    def test_a_ring_without_a_way_out_is_named(self):
        drawing = framed()
        drawing.add("exclusiveGateway", "g", default="g-a")
        drawing.task("a")
        drawing.task("b")
        drawing.path("start", "g", "a", "b", "a")
        drawing.flow("g", "end", "x = 1")

        assert [identity for identity, _code in told(drawing)] == ["a", "b"]

    def test_an_expression_is_named_by_its_element_and_said_with_its_label(self):
        drawing = framed()
        drawing.add("userTask", "t", name="Look", qc__privilege="p", qc__days="=1 +")
        drawing.path("start", "t", "end")

        (fault,) = workflow.check(drawing.xml())

        assert (fault.element_id, fault.code) == ("t", "workflow.bad-expression")
        assert "Look" in fault.sentence

    def test_what_this_installation_lacks_is_told_but_does_not_hinder(self):
        drawing = framed()
        drawing.service("serve", handler="nobody.does")
        drawing.add("businessRuleTask", "decide", qc__decision="no/such")
        drawing.add("callActivity", "call", calledElement="nowhere")
        drawing.path("start", "serve", "decide", "call", "end")

        found = workflow.check(drawing.xml())

        assert [(fault.element_id, fault.hinders) for fault in found] == [
            ("serve", False), ("decide", False), ("call", False),
        ]  # fmt: skip
        assert workflow.deploy("workflow", drawing.xml()).key == "errand"

    def test_a_sub_process_without_a_start_is_named(self):
        drawing = framed(messages=("go",))
        drawing.add("subProcess", "box")
        drawing.task("inner", scope="box")
        drawing.add("boundaryEvent", "loose", inner=MESSAGE.format("go"), attachedToRef="nothing")
        drawing.path("start", "box", "end").path("loose", "end")

        assert [identity for identity, _code in told(drawing)] == ["box", "loose"]

    @pytest.mark.parametrize("text", ["", "no xml", "<a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "\0"])
    def test_what_is_no_drawing_is_one_fault_about_the_whole(self, text):
        (fault,) = workflow.check(text)

        assert (fault.element_id, fault.code) == ("", "workflow.not-bpmn")

    def test_what_has_no_process_is_a_fault(self):
        xml = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"/>'

        assert [fault.code for fault in workflow.check(xml)] == ["workflow.broken-drawing"]


class TestCutting:
    @settings(deadline=None, max_examples=60)
    @given(data=st.data())
    def test_whatever_is_cut_out_of_a_drawing_it_is_told_and_never_raised(self, data):
        parts = WHOLE.split("><")
        cut = data.draw(st.sets(st.integers(1, len(parts) - 2), max_size=3))
        xml = "><".join(part for place, part in enumerate(parts) if place not in cut)

        found = workflow.check(xml)

        assert all(fault.sentence and fault.code.startswith("workflow.") for fault in found)
        assert found or soundness.check(reader.definition(xml))


def _whole():
    drawing = framed(messages=("stop",))
    drawing.add("exclusiveGateway", "g", default="g-b")
    drawing.task("a", days="=2")
    drawing.box("b", "c")
    drawing.edge("edge", "a", MESSAGE.format("stop"))
    drawing.service("s")
    drawing.path("start", "g").path("b", "s", "end").path("a", "end").path("edge", "end")
    drawing.flow("g", "a", "x = 1")
    drawing.flow("g", "b", identity="g-b")
    return drawing.xml()


WHOLE = _whole()

"""Which drawings are accepted, and what is said about the others."""

import pytest

from quancheng.support.workflow.engine import expressions, reader, soundness
from quancheng.support.workflow.engine.reader import BrokenDrawing, NotBpmn, UnsupportedElement
from quancheng.support.workflow.engine.soundness import UnsoundDrawing
from quancheng.support.workflow.tests.drawings import TIMER, Drawing, from_blocks, line


def framed():
    drawing = Drawing()
    drawing.add("startEvent", "start")
    drawing.add("endEvent", "end")
    return drawing


class TestReading:
    def test_keeps_what_the_extension_attributes_say(self):
        xml = line("a", privilege="x.y.z", organisation="=place", form="opinion", days="5")

        node = reader.definition(xml).nodes["a"]

        assert (node.privilege, node.organisation, node.form, node.days) == ("x.y.z", "=place", "opinion", "5")

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("<a/>", "definitions"),
            ("no xml", "Start tag"),
            ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document types"),
            ('<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document types"),
        ],
    )
    def test_refuses_what_is_no_drawing(self, text, why, settings):
        settings.LANGUAGE_CODE = "en"

        with pytest.raises(NotBpmn):
            reader.processes(text)

    def test_refuses_a_drawing_that_is_too_large(self):
        with pytest.raises(NotBpmn):
            reader.processes(line("a") + " " * reader.MAX_BYTES)

    @pytest.mark.parametrize(
        "tag",
        ["scriptTask", "complexGateway", "transaction", "adHocSubProcess"],
    )
    def test_names_the_element_that_cannot_be_executed(self, tag):
        drawing = framed()
        drawing.add(tag, "odd")

        with pytest.raises(UnsupportedElement) as refused:
            reader.definition(drawing.path("start", "odd", "end").xml())

        assert refused.value.facts == {"type": tag, "id": "odd"}

    @pytest.mark.parametrize(
        "inner",
        [
            "<bpmn:multiInstanceLoopCharacteristics/>",
            '<bpmn:multiInstanceLoopCharacteristics qc:collection="=a" qc:output="b"/>',
            '<bpmn:multiInstanceLoopCharacteristics qc:collection="=a" behavior="None"/>',
            "<bpmn:standardLoopCharacteristics/>",
        ],
    )
    def test_names_the_task_that_repeats_itself_without_saying_how_often(self, inner):
        drawing = framed()
        drawing.add("userTask", "many", inner=inner)

        with pytest.raises((BrokenDrawing, UnsupportedElement)) as refused:
            reader.definition(drawing.path("start", "many", "end").xml())

        assert refused.value.facts["id"] == "many"

    @pytest.mark.parametrize(
        ("tag", "inner"),
        [
            ("startEvent", '<bpmn:signalEventDefinition signalRef="m"/>'),
            ("endEvent", "<bpmn:cancelEventDefinition/>"),
            ("intermediateCatchEvent", "<bpmn:linkEventDefinition/>"),
            ("intermediateCatchEvent", "<bpmn:conditionalEventDefinition/>"),
            ("intermediateThrowEvent", "<bpmn:errorEventDefinition/>"),
            ("intermediateCatchEvent", ""),
            ("intermediateCatchEvent", TIMER.format("P1D") + "<bpmn:signalEventDefinition/>"),
            (
                "intermediateCatchEvent",
                "<bpmn:timerEventDefinition><bpmn:timeCycle>R/P1D</bpmn:timeCycle></bpmn:timerEventDefinition>",
            ),
        ],
    )
    def test_names_the_event_that_cannot_be_executed(self, tag, inner):
        drawing = framed()
        drawing.add(tag, "odd", inner=inner)

        with pytest.raises(UnsupportedElement) as refused:
            reader.definition(drawing.path("start", "odd", "end").xml())

        assert refused.value.facts["id"] == "odd"

    def test_refuses_a_condition_where_it_has_no_say(self):
        drawing = framed()
        drawing.task("a")
        drawing.path("start", "a")
        drawing.flow("a", "end", "x = 1")

        with pytest.raises(UnsupportedElement, match="a-end"):
            reader.definition(drawing.xml())

    def test_names_the_flow_that_leads_nowhere(self):
        drawing = framed()
        drawing.path("start", "gone")

        with pytest.raises(BrokenDrawing) as refused:
            reader.definition(drawing.xml())

        assert refused.value.facts["id"] == "start-gone"

    def test_refuses_a_timer_without_a_time(self):
        drawing = framed()
        drawing.add("intermediateCatchEvent", "wait", inner="<bpmn:timerEventDefinition/>")

        with pytest.raises(BrokenDrawing) as refused:
            reader.definition(drawing.path("start", "wait", "end").xml())

        assert refused.value.facts["id"] == "wait"

    def test_names_the_flow_whose_condition_is_no_feel(self):
        drawing = framed()
        drawing.add("exclusiveGateway", "g", default="g-end")
        drawing.task("a")
        drawing.path("start", "g", "end").path("a", "end")
        drawing.flow("g", "a", "if then (")

        with pytest.raises(expressions.BadExpression) as refused:
            expressions.check(reader.definition(drawing.xml()))

        assert refused.value.facts["id"] == "g-a"


def refused(drawing):
    with pytest.raises(UnsoundDrawing) as refusal:
        soundness.check(reader.definition(drawing.xml()))
    return refusal.value.facts["id"]


class TestSoundness:
    def test_names_the_node_that_no_path_leads_to(self):
        drawing = framed()
        drawing.task("island")

        assert refused(drawing.path("start", "end").path("island", "end")) == "island"

    def test_names_the_node_that_leads_to_no_end(self):
        drawing = framed()
        drawing.add("exclusiveGateway", "g")
        drawing.task("cellar")

        assert refused(drawing.path("start", "g", "end").path("g", "cellar")) == "cellar"

    def test_names_the_loop_that_leads_to_no_end(self):
        drawing = framed()
        drawing.add("exclusiveGateway", "g")
        drawing.task("a")
        drawing.task("b")

        assert refused(drawing.path("start", "g", "end").path("g", "a", "b", "a")) in {"a", "b"}

    def test_names_the_join_that_waits_for_a_branch_not_taken(self):
        drawing = framed()
        drawing.add("exclusiveGateway", "choice")
        drawing.add("parallelGateway", "join")
        drawing.task("a")
        drawing.task("b")
        drawing.path("start", "choice", "a", "join", "end").path("choice", "b", "join")

        assert refused(drawing) == "join"

    def test_names_the_node_where_parallel_branches_meet_unjoined(self):
        drawing = framed()
        drawing.add("parallelGateway", "fork")
        drawing.add("exclusiveGateway", "meet")
        drawing.task("a")
        drawing.task("b")
        drawing.path("start", "fork", "a", "meet", "end").path("fork", "b", "meet")

        assert refused(drawing) == "meet"

    def test_names_the_join_that_an_interrupting_event_leads_past(self):
        drawing = framed()
        drawing.add("parallelGateway", "fork")
        drawing.add("parallelGateway", "join")
        drawing.task("a")
        drawing.task("b")
        drawing.add("boundaryEvent", "edge", inner=TIMER.format("P1D"), attachedToRef="a")
        drawing.add("endEvent", "late")
        drawing.path("start", "fork", "a", "join", "end").path("fork", "b", "join").path("edge", "late")

        assert refused(drawing) == "join"

    def test_looks_into_sub_processes(self):
        drawing = framed()
        drawing.add("subProcess", "s")
        drawing.add("startEvent", "s0", scope="s")
        drawing.add("endEvent", "s1", scope="s")
        drawing.task("island", scope="s")

        assert refused(drawing.path("start", "s", "end").path("s0", "s1").path("island", "s1")) == "island"

    def test_checks_many_parallel_branches_at_once(self):
        branch = ("seq", ("xor", ("task",), ("task",)), ("task",), ("xor", ("task",), ("task",)))

        every_order_was_tried = soundness.check(reader.definition(from_blocks(("and", *[branch] * 12))))

        assert every_order_was_tried

    def test_demands_that_work_says_who_does_it(self):
        definition = reader.definition(line("a", privilege=""))

        with pytest.raises(UnsoundDrawing) as refusal:
            soundness.check_work(definition)

        assert refusal.value.facts["id"] == "a"

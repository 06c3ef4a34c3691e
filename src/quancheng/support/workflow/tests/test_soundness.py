"""Whatever drawing passes the soundness check, no case on it gets stuck; seen on drawings with a planted mistake."""

import re

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from quancheng.support.workflow.engine import reader, soundness
from quancheng.support.workflow.engine.drawing import Kind
from quancheng.support.workflow.engine.semantics import (
    Begin,
    Completed,
    Role,
    State,
    Status,
    TimerFired,
    advance,
)
from quancheng.support.workflow.tests.drawings import ERROR, MESSAGE, choices, from_blocks, takings
from quancheng.support.workflow.tests.generated import ELEMENTS
from quancheng.support.workflow.tests.running import framed
from quancheng.support.workflow.tests.test_semantics import BLOCKS

KINDS = ("exclusiveGateway", "parallelGateway")


def with_another_join(xml, which):
    """Return the drawing with one joining gateway made the other kind; unchanged when it has none."""
    joins = re.findall(r'<bpmn:(\w+Gateway) id="(g\d+join)"', xml)
    if not joins:
        return xml
    kind, identity = joins[which % len(joins)]
    other = KINDS[1 - KINDS.index(kind)]
    start = xml.index(f'<bpmn:{kind} id="{identity}"')
    end = xml.index(f"</bpmn:{kind}>", start)
    body = xml[start:end].replace(f"<bpmn:{kind}", f"<bpmn:{other}", 1)
    return f"{xml[:start]}{body}</bpmn:{other}>{xml[end + len(f'</bpmn:{kind}>') :]}"


class TestSoundness:
    @settings(deadline=None)
    @given(block=BLOCKS, which=st.integers(0, 20), data=st.data())
    def test_a_drawing_that_passes_never_leaves_a_case_stuck(self, block, which, data):
        definition = reader.definition(with_another_join(from_blocks(block), which))
        try:
            soundness.check(definition)
        except soundness.UnsoundDrawing as refusal:
            event("refused")
            assert refusal.facts["id"] in definition.nodes  # noqa: PT017 - the rest of the test is about the others
            return
        ways = [(f"choice_{node.id}", len(node.outgoing)) for node in definition.of_kind(Kind.EXCLUSIVE)]
        variables = {name: data.draw(st.integers(0, number - 1)) for name, number in ways}
        state = advance(definition, State(variables=variables), Begin()).state

        while state.status is Status.RUNNING:
            work = [item for item in state.tokens.values() if definition.nodes[item.node].kind is Kind.USER]
            assert work
            state = advance(definition, state, Completed(data.draw(st.sampled_from(work)).number)).state

        assert not state.tokens

    @settings(deadline=None, max_examples=40)
    @given(block=BLOCKS, data=st.data())
    def test_every_mistake_at_a_join_is_found(self, block, data):
        xml = from_blocks(block)
        wrong = with_another_join(xml, data.draw(st.integers(0, 20)))
        if wrong == xml:
            return

        found = []
        try:
            soundness.check(reader.definition(wrong))
        except soundness.UnsoundDrawing as refusal:
            found.append(refusal.facts["id"])

        assert found


JOINS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")


def with_a_join_of_another_kind(xml, which, shift):
    """Return the drawing with one joining gateway made one of the two other kinds; unchanged when it has none."""
    joins = re.findall(r'<bpmn:(\w+Gateway) id="([ge]\d+join)"', xml)
    if not joins:
        return xml
    kind, identity = joins[which % len(joins)]
    other = JOINS[(JOINS.index(kind) + shift) % 3]
    start = xml.index(f'<bpmn:{kind} id="{identity}"')
    end = xml.index(f"</bpmn:{kind}>", start)
    body = xml[start:end].replace(f"<bpmn:{kind}", f"<bpmn:{other}", 1)
    return f"{xml[:start]}{body}</bpmn:{other}>{xml[end + len(f'</bpmn:{kind}>') :]}"


class TestSoundnessOfEveryElement:
    @settings(deadline=None)
    @given(block=ELEMENTS, which=st.integers(0, 20), shift=st.integers(0, 2), data=st.data())
    def test_a_drawing_that_passes_never_leaves_a_case_stuck(self, block, which, shift, data):
        xml = with_a_join_of_another_kind(from_blocks(block), which, shift)
        definition = reader.definition(xml)
        try:
            exact = soundness.check(definition)
        except soundness.UnsoundDrawing as refusal:
            event("refused")
            assert refusal.facts["id"] in definition.nodes  # noqa: PT017 - the rest of the test is about the others
            assert shift
            return
        event("exact" if exact else "one order only")
        variables = {name: data.draw(st.integers(0, ways - 1)) for name, ways in choices(xml)}
        variables |= {name: data.draw(st.booleans()) for name in takings(xml)}
        state = advance(definition, State(variables=variables), Begin()).state

        while state.status is Status.RUNNING:
            moves = possible(definition, state)
            assert moves
            state = advance(definition, state, data.draw(st.sampled_from(moves))).state

        assert not state.tokens


def possible(definition, state):
    """Return what may happen next: a task is done, or a signal that is waited for comes."""
    nodes, moves = definition.nodes, []
    for token in state.tokens.values():
        node = nodes[token.node]
        if token.works and node.kind is Kind.USER:
            moves.append(Completed(token.number))
        around = [nodes[item] for item in node.boundaries if token.role is not Role.ONE]
        if node.kind is Kind.EVENTS:
            around += [nodes[definition.flows[flow].target] for flow in node.outgoing]
        # Quiet events may come any number of times; once is what the check looks at.
        moves += [
            TimerFired(token.number, item.id) for item in around if item.trigger == "SIGNAL" and item.interrupting
        ]
    return moves


def refused(drawing):
    with pytest.raises(soundness.UnsoundDrawing) as refusal:
        soundness.check(reader.definition(drawing.xml()))
    return refusal.value.facts["id"]


class TestWhatIsNamed:
    def test_a_parallel_join_after_an_inclusive_split(self):
        xml = from_blocks(("or", ("task",), ("task",)))
        wrong = with_a_join_of_another_kind(xml, 0, 2)
        assert "parallelGateway" in wrong

        with pytest.raises(soundness.UnsoundDrawing) as refusal:
            soundness.check(reader.definition(wrong))

        assert refusal.value.facts["id"] == "g2join"

    def test_an_event_after_a_gateway_with_another_way_in(self):
        drawing = framed(messages=("one", "two"))
        drawing.add("exclusiveGateway", "g", default="g-race")
        drawing.add("eventBasedGateway", "race")
        drawing.add("intermediateCatchEvent", "a", inner=MESSAGE.format("one"))
        drawing.add("intermediateCatchEvent", "b", inner=MESSAGE.format("two"))
        drawing.path("start", "g", "race", "a", "end").path("race", "b", "end")
        drawing.flow("g", "a", "x = 1")

        assert refused(drawing) == "a"

    def test_two_events_that_take_the_same(self):
        drawing = framed(messages=("one",))
        drawing.task("a")
        for name in ("first", "second"):
            drawing.edge(name, "a", MESSAGE.format("one"))
            drawing.path(name, "end")

        assert refused(drawing.path("start", "a", "end")) == "second"

    def test_an_error_event_on_work_that_cannot_fail_so(self):
        drawing = framed(errors=("no",))
        drawing.task("a")
        drawing.edge("edge", "a", ERROR.format("no"))

        assert refused(drawing.path("start", "a", "end").path("edge", "end")) == "edge"

    def test_what_is_dead_in_an_event_sub_process(self):
        drawing = framed(messages=("stop",))
        drawing.task("a")
        drawing.box("on", "handle", event=MESSAGE.format("stop"))
        drawing.task("island", scope="on")
        drawing.path("start", "a", "end").path("island", "on1")

        assert refused(drawing) == "island"

    def test_every_scope_with_its_own_fault(self):
        drawing = framed()
        drawing.box("s", "a")
        drawing.task("island", scope="s")
        drawing.task("shore")
        drawing.path("start", "s", "end").path("island", "s1").path("shore", "end")

        found = [fault.facts["id"] for fault in soundness.faults(reader.definition(drawing.xml()))]

        assert found == ["shore", "island"]

    def test_whether_every_order_was_tried(self):
        small = from_blocks(("or", ("task",), ("task",)))
        large = from_blocks(("and", *[("or", *[("task",)] * 6)] * 8))

        assert soundness.check(reader.definition(small)) is True
        assert soundness.check(reader.definition(large)) is False

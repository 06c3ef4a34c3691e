"""Whatever drawing passes the soundness check, no case on it gets stuck; seen on drawings with a planted mistake."""

import re

from hypothesis import event, given, settings
from hypothesis import strategies as st

from quancheng.support.workflow.engine import reader, soundness
from quancheng.support.workflow.engine.drawing import Kind
from quancheng.support.workflow.engine.semantics import Begin, Completed, State, Status, advance
from quancheng.support.workflow.tests.drawings import from_blocks
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

"""Whatever happens in whatever order: no token is lost, and no case is left without somebody to act or an end."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from quancheng.support.workflow.engine import reader, soundness
from quancheng.support.workflow.engine.drawing import Kind
from quancheng.support.workflow.engine.semantics import (
    Begin,
    Cancel,
    Completed,
    MessageArrived,
    NotWaiting,
    Role,
    SignalRaised,
    State,
    Status,
    advance,
)
from quancheng.support.workflow.tests.drawings import COMPENSATION, MESSAGE, choices, of_blocks, takings
from quancheng.support.workflow.tests.generated import ELEMENTS


def whole(block, *, interrupting):
    """Return a drawing of blocks in which some tasks can be undone, and an event sub-process that undoes them."""
    drawing = of_blocks(block)
    drawing.messages = ("stop",)
    tasks = [(name, node[3]) for name, node in drawing.nodes.items() if node[0] == "userTask"]
    for name, scope in tasks[::2]:
        drawing.undone(name, f"{name}back", scope=scope)
    drawing.box("on", "handle", event=MESSAGE.format("stop"), isInterrupting=str(interrupting).lower())
    drawing.nodes["on1"] = ("endEvent", "", COMPENSATION, "on")
    return drawing.xml()


class TokensOfACase(RuleBasedStateMachine):
    @initialize(block=ELEMENTS, interrupting=st.booleans(), data=st.data())
    def begin(self, block, interrupting, data):
        xml = whole(block, interrupting=interrupting)
        self.definition = reader.definition(xml)
        soundness.check(self.definition)
        variables = {name: data.draw(st.integers(0, ways - 1)) for name, ways in choices(xml)}
        variables |= {name: data.draw(st.booleans()) for name in takings(xml)}
        self.state = State(variables=variables)
        self.calls = 0
        self.move(Begin())

    def move(self, event):
        step = advance(self.definition, self.state, event)
        before, after = self.state.tokens, step.state.tokens
        gone = {item.number for item in (*step.left, *step.withdrawn)}
        # What the rows make of it is what the engine means.
        rows = {number: token for number, token in before.items() if number not in gone}
        rows |= {token.number: token for token in (*step.changed, *step.opened)}
        assert rows == after
        assert gone <= before.keys()
        assert not {item.number for item in step.left} & {item.number for item in step.withdrawn}
        self.state = step.state

    def running(self):
        return self.state.status is Status.RUNNING

    def work(self):
        nodes = self.definition.nodes
        return [item for item in self.state.tokens.values() if item.works and nodes[item.node].kind is Kind.USER]

    def signals(self):
        found = set()
        for token in self.state.tokens.values():
            node = self.definition.nodes[token.node]
            around = [self.definition.nodes[item] for item in node.boundaries]
            if node.kind is Kind.EVENTS:
                flows = self.definition.flows
                around += [self.definition.nodes[flows[flow].target] for flow in node.outgoing]
            found |= {item.event for item in around if item.trigger == "SIGNAL" and token.role is not Role.DONE}
        return sorted(found)

    @precondition(lambda self: self.running() and self.work())
    @rule(data=st.data())
    def somebody_acts(self, data):
        self.move(Completed(data.draw(st.sampled_from(self.work())).number))

    @precondition(lambda self: self.running() and self.signals())
    @rule(data=st.data())
    def a_signal_is_raised(self, data):
        name = data.draw(st.sampled_from(self.signals()))
        try:
            self.move(SignalRaised(name))
        except NotWaiting:
            assert any(item.role is not Role.PLAIN for item in self.state.tokens.values())

    @precondition(lambda self: self.running())
    @rule()
    def the_message_comes(self):
        try:
            self.move(MessageArrived("stop"))
        except NotWaiting:
            nodes = {item.node for item in self.state.tokens.values() if item.role is not Role.DONE}
            calling_off = any(item.role is Role.UNDOING for item in self.state.tokens.values())
            assert calling_off or "on" in nodes

    @precondition(lambda self: self.running() and self.calls < 2)
    @rule()
    def it_is_called_off(self):
        self.calls += 1
        self.move(Cancel())
        if self.calls == 2:
            assert self.state.status is Status.CANCELLED

    @precondition(lambda self: not self.running())
    @rule()
    def an_ended_case_takes_nothing(self):
        with pytest.raises(NotWaiting):
            advance(self.definition, self.state, MessageArrived("stop"))

    @invariant()
    def somebody_can_act_or_it_has_ended(self):
        if not hasattr(self, "state"):
            return
        if self.running():
            assert self.work() or self.signals()
        else:
            assert not self.state.tokens

    @invariant()
    def every_token_stands_where_it_belongs(self):
        if not hasattr(self, "state"):
            return
        tokens = self.state.tokens
        for token in tokens.values():
            assert token.scope == 0 or token.scope in tokens
            if token.role is Role.PLAIN and "for" not in token.data:
                around = tokens[token.scope].node if token.scope else ""
                assert self.definition.nodes[token.node].scope == around
            assert token.number <= self.state.last


TokensOfACase.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestTokensOfACase = TokensOfACase.TestCase

"""Differential test: on any block-structured drawing our engine offers, step by step, what SpiffWorkflow offers.

Spiff reads conditions as Python, ours as FEEL; otherwise both read the same drawing.
"""

import io

from hypothesis import given, settings
from hypothesis import strategies as st
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from quancheng.support.workflow.engine import reader
from quancheng.support.workflow.engine.drawing import Kind
from quancheng.support.workflow.engine.semantics import Begin, Completed, State, Status, advance
from quancheng.support.workflow.tests.drawings import choices, from_blocks
from quancheng.support.workflow.tests.test_semantics import BLOCKS


class Ours:
    def __init__(self, xml, variables):
        self.definition = reader.definition(xml)
        self.state = advance(self.definition, State(variables=variables), Begin()).state

    @property
    def finished(self):
        return self.state.status is Status.COMPLETED

    def offered(self):
        nodes = self.definition.nodes
        return sorted(item.node for item in self.state.tokens.values() if nodes[item.node].kind is Kind.USER)

    def complete(self, node):
        number = next(item.number for item in self.state.tokens.values() if item.node == node)
        self.state = advance(self.definition, self.state, Completed(number)).state


class Spiff:
    def __init__(self, xml, variables):
        parser = BpmnParser()
        parser.add_bpmn_io(io.BytesIO(xml.encode()))
        spec = parser.get_spec("errand")
        self.workflow = BpmnWorkflow(spec, parser.get_subprocess_specs("errand"))
        for task in self.workflow.get_tasks(state=TaskState.READY):
            task.data.update(variables)
        self.settle()

    def settle(self):
        self.workflow.do_engine_steps()
        self.workflow.refresh_waiting_tasks()
        self.workflow.do_engine_steps()

    @property
    def finished(self):
        return self.workflow.is_completed()

    def offered(self):
        return sorted(task.task_spec.bpmn_id for task in self.workflow.get_tasks(state=TaskState.READY, manual=True))

    def complete(self, node):
        ready = self.workflow.get_tasks(state=TaskState.READY, manual=True)
        next(task for task in ready if task.task_spec.bpmn_id == node).run()
        self.settle()


class TestAgainstSpiff:
    @settings(deadline=None, max_examples=60)
    @given(block=BLOCKS, data=st.data())
    def test_the_same_tasks_are_offered_after_every_completion(self, block, data):
        xml = from_blocks(block)
        variables = {name: data.draw(st.integers(0, ways - 1)) for name, ways in choices(xml)}
        ours, spiff = Ours(xml, variables), Spiff(from_blocks(block, language="python"), variables)

        while not ours.finished:
            assert ours.offered() == spiff.offered()
            node = data.draw(st.sampled_from(ours.offered()))
            ours.complete(node)
            spiff.complete(node)

        assert spiff.finished

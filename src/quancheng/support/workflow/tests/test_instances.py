"""Activities done several times: many instances side by side or in turn, and standard loops."""

import pytest

from quancheng.support.workflow.engine import reader
from quancheng.support.workflow.engine.semantics import Completed, Status, TimerFired, TooMany, known
from quancheng.support.workflow.tests.drawings import TIMER
from quancheng.support.workflow.tests.running import Run, framed

CLERKS = ["wang", "li", "zhao"]


def loop(text="", *, sequential=False, **attributes):
    said = "".join(f' qc:{name}="{value}"' for name, value in attributes.items())
    order = ' isSequential="true"' if sequential else ""
    return f"<bpmn:multiInstanceLoopCharacteristics{order}{said}>{text}</bpmn:multiInstanceLoopCharacteristics>"


def until(condition):
    return f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>"


EACH = {"collection": "=clerks", "element": "clerk", "output": "answers", "gather": "=agree"}


def many(inner, *, tag="userTask"):
    drawing = framed()
    drawing.add(tag, "ask", inner=inner, qc__privilege="demo.errand.run")
    drawing.task("after")
    return drawing.path("start", "ask", "after", "end")


def instances(run):
    return [token for token in run.tokens if token.node == "ask" and token.works]


def answer(run, index, **variables):
    number = next(token.number for token in instances(run) if token.data["loop"] == index)
    run.play(Completed(number, variables))


class TestManyInstancesSideBySide:
    def test_open_one_for_each_item_which_knows_its_item(self):
        run = Run(many(loop(**EACH)).xml(), clerks=CLERKS)

        state = run.step.state
        assert [known(state.tokens, state.variables, item.number)["clerk"] for item in instances(run)] == CLERKS
        assert "clerk" not in run.variables

    def test_go_on_when_all_are_done_and_collect_what_they_bring_in_the_order_of_the_items(self):
        run = Run(many(loop(**EACH)).xml(), clerks=CLERKS)
        answer(run, 3, agree=False)
        answer(run, 1, agree=True)
        assert run.variables["answers"] == [True, None, False]

        answer(run, 2, agree=True)

        assert run.tasks == ["after"]
        assert run.variables["answers"] == [True, True, False]

    def test_end_early_when_the_condition_holds(self):
        condition = until("=nrOfCompletedInstances / nrOfInstances &gt;= 0.6")
        run = Run(many(loop(condition, **EACH)).xml(), clerks=CLERKS)
        answer(run, 1, agree=True)
        assert run.tasks == ["ask", "ask"]

        answer(run, 2, agree=True)

        assert run.tasks == ["after"]
        assert [token.data["loop"] for token in run.step.withdrawn] == [3]

    def test_end_when_one_refuses(self):
        condition = until("=some a in answers satisfies a = false")
        run = Run(many(loop(condition, **EACH)).xml(), clerks=CLERKS)

        answer(run, 2, agree=False)

        assert run.tasks == ["after"]

    def test_pass_by_when_there_is_nobody(self):
        assert Run(many(loop(**EACH)).xml(), clerks=[]).tasks == ["after"]

    def test_may_be_counted_instead_of_listed(self):
        run = Run(many(loop("<bpmn:loopCardinality>=n + 1</bpmn:loopCardinality>")).xml(), n=1)

        assert run.tasks == ["ask", "ask"]

    @pytest.mark.parametrize("count", ["=-1", "=1.5", "=1001", "=nothing"])
    def test_refuse_a_number_that_is_none(self, count):
        with pytest.raises(TooMany, match="ask"):
            Run(many(loop(f"<bpmn:loopCardinality>{count}</bpmn:loopCardinality>")).xml())

    def test_are_withdrawn_together_by_the_event_on_their_boundary(self):
        drawing = many(loop(**EACH))
        drawing.edge("late", "ask", TIMER.format("P5D"))
        drawing.path("late", "after")
        run = Run(drawing.xml(), clerks=CLERKS)
        frame = next(token.number for token in run.tokens if not token.works)

        run.play(TimerFired(frame, "late"))

        assert run.tasks == ["after"]


class TestManyInstancesInTurn:
    def test_open_one_after_the_other(self):
        run = Run(many(loop(sequential=True, **EACH)).xml(), clerks=CLERKS)
        seen = []
        while run.tasks == ["ask"]:
            (token,) = instances(run)
            seen.append(token.data["vars"]["clerk"])
            answer(run, token.data["loop"], agree=len(seen))

        assert seen == CLERKS
        assert run.variables["answers"] == [1, 2, 3]

    def test_need_nobody_when_the_activity_does_nothing(self):
        inner = loop("<bpmn:loopCardinality>=900</bpmn:loopCardinality>", sequential=True)

        assert Run(many(inner, tag="task").xml()).tasks == ["after"]


class TestManySubProcesses:
    def drawing(self):
        drawing = framed()
        drawing.box("each", "look", "write", inner=loop(**EACH))
        drawing.declare("agree", "boolean", scope="each")
        drawing.task("after")
        return drawing.path("start", "each", "after", "end").xml()

    def test_go_their_own_ways_with_their_own_variables(self):
        run = Run(self.drawing(), clerks=["wang", "li"])
        one, two = (token.number for token in run.tokens if token.node == "look")

        run.play(Completed(one, {"agree": True}))
        assert run.tasks == ["look", "write"]
        run.done("write")
        run.play(Completed(two, {"agree": False}))
        run.done("write")

        assert run.variables["answers"] == [True, False]
        assert "agree" not in run.variables
        assert run.tasks == ["after"]


class TestStandardLoop:
    def drawing(self, inner, tag="userTask"):
        return many(f"<bpmn:standardLoopCharacteristics {inner}</bpmn:standardLoopCharacteristics>", tag=tag).xml()

    def test_does_it_again_while_the_condition_holds(self):
        run = Run(self.drawing("><bpmn:loopCondition>=again = true</bpmn:loopCondition>"))
        run.done("ask", again=True)
        assert run.tasks == ["ask"]

        assert run.done("ask", again=False).tasks == ["after"]

    def test_does_it_not_at_all_when_tested_before(self):
        inner = 'testBefore="true"><bpmn:loopCondition>=again = true</bpmn:loopCondition>'

        assert Run(self.drawing(inner), again=False).tasks == ["after"]

    def test_ends_at_its_maximum(self):
        run = Run(self.drawing('loopMaximum="2">'))

        assert run.done("ask").tasks == ["ask"]
        assert run.done("ask").tasks == ["after"]
        assert run.done("after").status is Status.COMPLETED

    def test_must_say_how_long_or_how_often(self):
        with pytest.raises(reader.BrokenDrawing) as refused:
            reader.definition(self.drawing(">"))

        assert refused.value.facts["id"] == "ask"


class TestBpmnsOwnDataReferences:
    def test_name_collection_element_and_output_too(self):
        inner = (
            "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>clerks</bpmn:loopDataInputRef>"
            "<bpmn:loopDataOutputRef>answers</bpmn:loopDataOutputRef><bpmn:inputDataItem id='i' name='clerk'/>"
            "<bpmn:outputDataItem id='o' name='agree'/></bpmn:multiInstanceLoopCharacteristics>"
        )
        run = Run(many(inner).xml(), clerks=["wang"])

        answer(run, 1, agree="yes")

        assert run.variables["answers"] == ["yes"]

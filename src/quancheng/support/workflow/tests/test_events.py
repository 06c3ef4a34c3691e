"""Errors, escalations, signals and event sub-processes: who takes them, and what becomes of the rest."""

import pytest

from quancheng.support.workflow.engine import reader, soundness
from quancheng.support.workflow.engine.semantics import (
    Completed,
    Failed,
    MessageArrived,
    NobodyCatches,
    NotWaiting,
    SignalRaised,
    TimerFired,
)
from quancheng.support.workflow.tests.drawings import ERROR, ESCALATION, MESSAGE, SIGNAL, TERMINATE, TIMER
from quancheng.support.workflow.tests.running import Run, framed


def caught_after(drawing, event, task="caught"):
    """Lead from `event` over a task to an end of its own."""
    drawing.task(task)
    drawing.add("endEvent", f"{task}-end")
    drawing.path(event, task, f"{task}-end")


class TestErrorOfAHandler:
    def drawing(self, code="no-stock"):
        drawing = framed(errors=("no-stock", "other"))
        drawing.service("issue")
        drawing.edge("edge", "issue", ERROR.format(code) if code else "<bpmn:errorEventDefinition/>")
        drawing.nodes["edge"] = (*drawing.nodes["edge"][:1], drawing.nodes["edge"][1] + ' qc:variable="fault"',
                                 *drawing.nodes["edge"][2:])  # fmt: skip
        caught_after(drawing, "edge")
        return drawing.path("start", "issue", "end").xml()

    @pytest.mark.parametrize("code", ["no-stock", ""])
    def test_is_taken_by_the_event_for_its_code_or_for_any(self, code):
        run = Run(self.drawing(code))

        run.play(Failed(run.number("issue"), "no-stock", "none left"))

        assert run.tasks == ["caught"]
        assert run.rests == ["caught"]
        assert run.variables["fault"] == {"code": "no-stock", "text": "none left"}

    def test_is_refused_when_nothing_takes_it_so_that_the_step_is_tried_again(self):
        run = Run(self.drawing("other"))

        with pytest.raises(NobodyCatches, match="no-stock"):
            run.play(Failed(run.number("issue"), "no-stock"))


def box_with_error(*, inner_code="refused", outer=None):
    """A sub-process whose task leads to an error end; beside the task another one is open."""
    drawing = framed(errors=("refused", "other"))
    drawing.box("s")
    drawing.add("parallelGateway", "fork", scope="s")
    drawing.task("look", scope="s")
    drawing.task("beside", scope="s")
    drawing.add("endEvent", "bad", scope="s", inner=ERROR.format(inner_code))
    drawing.path("s0", "fork", "look", "bad").path("fork", "beside", "s1").path("start", "s", "end")
    for identity, code in (outer or {"edge": "refused"}).items():
        drawing.edge(identity, "s", ERROR.format(code) if code else "<bpmn:errorEventDefinition/>")
        caught_after(drawing, identity, f"after-{identity}")
    return drawing


class TestErrorEnd:
    def test_takes_its_sub_process_away_and_goes_on_from_the_boundary(self):
        run = Run(box_with_error().xml())

        run.done("look")

        assert run.tasks == ["after-edge"]
        assert sorted(token.node for token in run.step.withdrawn) == ["beside", "s"]

    def test_goes_to_its_own_code_before_any(self):
        run = Run(box_with_error(outer={"any": "", "mine": "refused"}).xml())

        assert run.done("look").tasks == ["after-mine"]

    def test_passes_outwards_through_sub_processes_that_do_not_take_it(self):
        drawing = framed(errors=("refused",))
        drawing.box("outer")
        drawing.box("inner", scope="outer")
        drawing.task("deep", scope="inner")
        drawing.add("endEvent", "bad", scope="inner", inner=ERROR.format("refused"))
        drawing.nodes.pop("inner1")
        drawing.path("inner0", "deep", "bad").path("outer0", "inner", "outer1").path("start", "outer", "end")
        drawing.edge("edge", "outer", ERROR.format("refused"))
        caught_after(drawing, "edge")
        run = Run(drawing.xml())

        assert run.done("deep").tasks == ["caught"]

    def test_ends_the_case_when_nobody_takes_it(self):
        run = Run(box_with_error(outer={"edge": "other"}).xml())

        run.done("look")

        assert run.over
        assert run.step.failure == "refused"
        assert not run.step.state.tokens

    def test_that_nothing_can_raise_is_refused_naming_the_event(self):
        definition = reader.definition(box_with_error(outer={"edge": "other"}).xml())

        with pytest.raises(soundness.UnsoundDrawing) as refused:
            soundness.check(definition)

        assert refused.value.facts["id"] == "edge"


class TestEscalation:
    def drawing(self, *, interrupting, end=False):
        drawing = framed(escalations=("late",))
        drawing.box("s")
        drawing.task("look", scope="s")
        drawing.task("go on", scope="s")
        if end:
            drawing.nodes.pop("s1")
            drawing.add("endEvent", "up", scope="s", inner=ESCALATION.format("late"))
            drawing.path("s0", "look", "up")
            drawing.nodes.pop("go on")
        else:
            drawing.add("intermediateThrowEvent", "up", scope="s", inner=ESCALATION.format("late"))
            drawing.path("s0", "look", "up", "go on", "s1")
        drawing.edge("edge", "s", ESCALATION.format("late"), interrupting=interrupting)
        caught_after(drawing, "edge")
        return drawing.path("start", "s", "end").xml()

    def test_opens_another_way_beside_and_the_thrower_goes_on(self):
        assert Run(self.drawing(interrupting=False)).done("look").tasks == ["caught", "go on"]

    def test_takes_the_thrower_away_when_it_interrupts(self):
        assert Run(self.drawing(interrupting=True)).done("look").rests == ["caught"]

    def test_from_an_end_lets_the_sub_process_end(self):
        assert Run(self.drawing(interrupting=False, end=True)).done("look").rests == ["caught"]

    def test_that_nobody_takes_goes_to_the_caller(self):
        drawing = framed(escalations=("late",))
        drawing.add("intermediateThrowEvent", "up", inner=ESCALATION.format("late"))
        drawing.task("a")
        run = Run(drawing.path("start", "up", "a", "end").xml())

        assert run.tasks == ["a"]
        assert run.step.escalations == ("late",)


class TestSignal:
    def drawing(self):
        drawing = framed(signals=("flood",))
        drawing.add("parallelGateway", "fork")
        drawing.add("intermediateCatchEvent", "hear", inner=SIGNAL.format("flood"))
        drawing.task("work")
        drawing.edge("edge", "work", SIGNAL.format("flood"))
        drawing.task("other")
        caught_after(drawing, "edge")
        drawing.add("intermediateThrowEvent", "raise", inner=SIGNAL.format("flood"))
        drawing.task("after")
        drawing.path("start", "fork", "hear", "end").path("fork", "work", "end").path("fork", "other", "raise", "after")
        return drawing.path("after", "end").xml()

    def test_is_taken_by_all_who_wait_for_it(self):
        run = Run(self.drawing())

        run.play(SignalRaised("flood"))

        assert run.rests == ["caught", "other"]

    def test_thrown_in_the_case_is_heard_there_and_told_to_others(self):
        run = Run(self.drawing()).done("other")

        assert run.rests == ["after", "caught"]
        assert run.step.signals == ("flood",)

    def test_that_nobody_waits_for_is_refused(self):
        with pytest.raises(NotWaiting):
            Run(self.drawing()).play(SignalRaised("drought"))


class TestMessageThrown:
    def test_rests_until_it_is_sent(self):
        drawing = framed(messages=("tell",))
        drawing.add("intermediateThrowEvent", "send", inner=MESSAGE.format("tell"))
        run = Run(drawing.path("start", "send", "end").xml())

        assert run.definition.nodes["send"].handler == "message:tell"
        assert run.rests == ["send"]
        assert run.play(Completed(run.number("send"))).over


def with_event_box(event, *, interrupting=True, **roots):
    drawing = framed(**roots)
    drawing.task("work")
    drawing.box("on", "handle", event=event, isInterrupting="true" if interrupting else "false")
    return drawing.path("start", "work", "end")


class TestEventSubProcess:
    def test_takes_everything_else_in_its_scope_away_when_it_interrupts(self):
        run = Run(with_event_box(MESSAGE.format("withdrawn"), messages=("withdrawn",)).xml())

        run.play(MessageArrived("withdrawn"))

        assert run.tasks == ["handle"]
        assert run.step.deaf == (0,)
        assert run.done("handle").over

    def test_no_longer_listens_once_it_has_interrupted(self):
        run = Run(with_event_box(MESSAGE.format("withdrawn"), messages=("withdrawn",)).xml())
        run.play(MessageArrived("withdrawn"))

        with pytest.raises(NotWaiting):
            run.play(MessageArrived("withdrawn"))

    def test_runs_beside_as_often_as_it_is_asked_when_it_does_not_interrupt(self):
        xml = with_event_box(MESSAGE.format("asked"), interrupting=False, messages=("asked",)).xml()
        run = Run(xml).play(MessageArrived("asked")).play(MessageArrived("asked"))

        assert run.tasks == ["handle", "handle", "work"]
        run.done("work").done("handle")
        assert not run.over
        assert run.done("handle").over

    def test_begins_by_a_timer_of_its_scope(self):
        run = Run(with_event_box(TIMER.format("P30D")).xml())

        assert run.play(TimerFired(0, "on0")).tasks == ["handle"]

    def test_takes_an_error_of_its_scope(self):
        drawing = framed(errors=("refused",))
        drawing.box("s", event="")
        drawing.nodes.pop("s1")
        drawing.task("look", scope="s")
        drawing.add("endEvent", "bad", scope="s", inner=ERROR.format("refused"))
        drawing.path("s0", "look", "bad").path("start", "s", "end")
        drawing.box("on", "handle", scope="s", event=ERROR.format("refused"))
        drawing.task("after")
        drawing.flows = [flow for flow in drawing.flows if flow[0] != "s-end"]
        run = Run(drawing.path("s", "after", "end").xml())

        assert run.done("look").tasks == ["handle"]
        assert run.done("handle").tasks == ["after"]

    def test_is_not_taken_by_itself_when_it_throws_the_error_on(self):
        drawing = framed(errors=("refused",))
        drawing.add("endEvent", "bad", inner=ERROR.format("refused"))
        drawing.nodes.pop("end")
        drawing.task("look")
        drawing.box("on", "handle", event=ERROR.format("refused"))
        drawing.add("endEvent", "again", scope="on", inner=ERROR.format("refused"))
        drawing.nodes.pop("on1")
        drawing.flows = [flow for flow in drawing.flows if flow[2] != "on1"]
        run = Run(drawing.path("start", "look", "bad").path("handle", "again").xml())
        run.done("look")

        run.done("handle")

        assert run.over
        assert run.step.failure == "refused"

    def test_ends_only_itself_by_a_terminate_end(self):
        drawing = with_event_box(MESSAGE.format("asked"), interrupting=False, messages=("asked",))
        drawing.add("endEvent", "stop", scope="on", inner=TERMINATE)
        drawing.nodes.pop("on1")
        drawing.flows = [flow for flow in drawing.flows if flow[2] != "on1"]
        run = Run(drawing.path("handle", "stop").xml()).play(MessageArrived("asked"))

        assert run.done("handle").tasks == ["work"]

    def test_needs_something_that_begins_it(self):
        drawing = framed()
        drawing.task("work")
        drawing.box("on", "handle", triggeredByEvent="true")

        with pytest.raises(reader.UnsupportedElement) as refused:
            reader.definition(drawing.path("start", "work", "end").xml())

        assert refused.value.facts["id"] == "on0"

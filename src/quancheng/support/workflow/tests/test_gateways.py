"""Inclusive and event-based gateways."""

import pytest

from quancheng.support.workflow.engine import reader, soundness
from quancheng.support.workflow.engine.semantics import MessageArrived, NotWaiting, NoWayOut, TimerFired
from quancheng.support.workflow.tests.drawings import MESSAGE, TIMER
from quancheng.support.workflow.tests.running import Run, framed


def inclusive(*, default=True):
    """Three branches a, b, c, taken if the variable of that name is true; c is the default."""
    drawing = framed()
    drawing.add("inclusiveGateway", "split", **({"default": "split-c"} if default else {}))
    drawing.add("inclusiveGateway", "join")
    drawing.path("start", "split")
    for name in ("a", "b", "c"):
        drawing.task(name)
        drawing.flow("split", name, "" if default and name == "c" else f"={name} = true")
        drawing.path(name, "join")
    drawing.task("after")
    drawing.path("join", "after", "end")
    return drawing


class TestInclusiveGateway:
    @pytest.mark.parametrize(
        ("chosen", "tasks"), [({"a": True}, ["a"]), ({"a": True, "b": True}, ["a", "b"]), ({}, ["c"])]
    )
    def test_takes_every_branch_that_holds_else_the_default(self, chosen, tasks):
        assert Run(inclusive().xml(), **chosen).tasks == tasks

    def test_refuses_by_name_when_no_branch_holds(self):
        with pytest.raises(NoWayOut, match="split"):
            Run(inclusive(default=False).xml())

    def test_waits_for_the_branches_that_were_taken_and_no_other(self):
        run = Run(inclusive().xml(), a=True, b=True)

        assert run.done("a").tasks == ["b"]
        assert run.done("b").tasks == ["after"]

    def test_waits_while_a_token_far_upstream_can_still_come(self):
        drawing = inclusive()
        drawing.task("early")
        drawing.add("exclusiveGateway", "maybe", default="maybe-out")
        drawing.add("endEvent", "out")
        drawing.add("parallelGateway", "both")
        drawing.flows = [flow for flow in drawing.flows if flow[0] != "start-split"]
        drawing.path("start", "both", "split").path("both", "early", "maybe", "out")
        drawing.flow("maybe", "join", "=late = true")
        run = Run(drawing.xml(), a=True)

        run.done("a")
        assert run.tasks == ["early"]
        assert "join" in run.rests

        run.done("early")
        assert run.tasks == ["after"]

    def test_does_not_wait_for_what_can_only_come_by_a_flow_that_has_its_token(self):
        drawing = framed()
        drawing.add("inclusiveGateway", "split")
        drawing.add("exclusiveGateway", "merge")
        drawing.add("inclusiveGateway", "join")
        for name in ("a", "b", "c", "after"):
            drawing.task(name)
        drawing.path("start", "split")
        for name in ("a", "b", "c"):
            drawing.flow("split", name, f"={name} = true")
        drawing.path("a", "merge", "join", "after", "end").path("b", "merge").path("c", "join")
        run = Run(drawing.xml(), a=True, b=True)

        assert run.done("a").tasks == ["after", "b"]

    def test_is_sound_when_split_and_join_belong_together(self):
        assert soundness.check(reader.definition(inclusive().xml()))


class TestEventBasedGateway:
    def drawing(self):
        drawing = framed(messages=("answer",))
        drawing.add("eventBasedGateway", "race")
        drawing.add("intermediateCatchEvent", "came", inner=MESSAGE.format("answer"))
        drawing.add("intermediateCatchEvent", "late", inner=TIMER.format("P15D"))
        drawing.add("endEvent", "silence")
        drawing.task("read")
        return drawing.path("start", "race", "came", "read", "end").path("race", "late", "silence").xml()

    def test_goes_the_way_of_the_event_that_comes_first(self):
        run = Run(self.drawing())
        assert run.rests == ["race"]

        assert run.play(MessageArrived("answer")).tasks == ["read"]
        assert {"race", "race-came", "came"} <= set(run.step.passed)
        assert "race-late" not in run.step.passed

    def test_no_longer_waits_for_the_others(self):
        run = Run(self.drawing())
        number = run.number("race")
        run.play(TimerFired(number, "late"))

        assert run.over
        with pytest.raises(NotWaiting):
            run.play(MessageArrived("answer"))

    def test_refuses_what_is_no_event_after_it(self):
        drawing = framed()
        drawing.add("eventBasedGateway", "race")
        drawing.task("a")

        with pytest.raises(reader.BrokenDrawing) as refused:
            reader.definition(drawing.path("start", "race", "a", "end").xml())

        assert refused.value.facts["id"] == "race-a"

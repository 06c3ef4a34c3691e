"""Compensation: done work is undone in the reverse order, when the drawing says so and when a case is called off."""

import pytest

from quancheng.support.workflow.engine import reader, soundness
from quancheng.support.workflow.engine.semantics import Cancel, MessageArrived, Status
from quancheng.support.workflow.tests.drawings import COMPENSATION, MESSAGE
from quancheng.support.workflow.tests.running import Run, framed


def booked(*, activity="", throwing=True):
    """Book a room, then a car, then decide; both bookings can be undone. The throwing event stands after `decide`."""
    drawing = framed()
    for name in ("room", "car"):
        drawing.task(name)
        drawing.undone(name, f"free {name}")
    drawing.task("decide")
    drawing.task("after")
    named = COMPENSATION.replace("/>", f' activityRef="{activity}"/>') if activity else COMPENSATION
    drawing.add("intermediateThrowEvent", "undo", inner=named)
    ways = ("undo", "after", "end") if throwing else ("after", "end")
    if not throwing:
        drawing.nodes.pop("undo")
    return drawing.path("start", "room", "car", "decide", *ways)


class TestCompensation:
    def test_undoes_what_was_done_the_latest_first_and_then_goes_on(self):
        run = Run(booked().xml()).done("room").done("car").done("decide")

        assert run.tasks == ["free car"]
        assert run.done("free car").tasks == ["free room"]
        assert run.done("free room").tasks == ["after"]
        assert run.done("after").over

    def test_of_one_activity_leaves_the_others(self):
        run = Run(booked(activity="room").xml()).done("room").done("car").done("decide")

        assert run.tasks == ["free room"]
        assert run.done("free room").tasks == ["after"]

    def test_does_nothing_about_what_was_not_done(self):
        drawing = framed()
        drawing.add("parallelGateway", "fork")
        drawing.task("room")
        drawing.task("other")
        drawing.undone("room", "free room")
        drawing.add("endEvent", "undo", inner=COMPENSATION)
        run = Run(drawing.path("start", "fork", "room", "end").path("fork", "other", "undo").xml())

        assert run.done("other").tasks == ["room"]

    def test_undoes_what_was_done_within_a_finished_sub_process(self):
        drawing = framed()
        drawing.box("s", "room", "car")
        drawing.undone("room", "free room", scope="s")
        drawing.undone("car", "free car", scope="s")
        drawing.task("decide")
        drawing.add("endEvent", "undo", inner=COMPENSATION)
        drawing.nodes.pop("end")
        run = Run(drawing.path("start", "s", "decide", "undo").xml()).done("room").done("car").done("decide")

        assert run.tasks == ["free car"]
        assert run.done("free car").tasks == ["free room"]
        assert run.done("free room").over

    def test_can_be_thrown_by_the_event_sub_process_that_ends_the_scope(self):
        drawing = booked(throwing=False)
        drawing.messages = ("withdrawn",)
        drawing.box("on", event=MESSAGE.format("withdrawn"))
        drawing.add("intermediateThrowEvent", "undo", scope="on", inner=COMPENSATION)
        run = Run(drawing.path("on0", "undo", "on1").xml()).done("room")

        run.play(MessageArrived("withdrawn"))

        assert run.tasks == ["free room"]
        assert run.done("free room").over

    def test_leaves_nothing_behind_when_a_case_ends_without_it(self):
        run = Run(booked(throwing=False).xml()).done("room").done("car").done("decide").done("after")

        assert run.over
        assert not run.step.state.tokens

    def test_of_what_cannot_be_undone_is_refused_naming_the_event(self):
        drawing = framed()
        drawing.task("a")
        drawing.add("intermediateThrowEvent", "undo", inner=COMPENSATION)
        definition = reader.definition(drawing.path("start", "a", "undo", "end").xml())

        with pytest.raises(soundness.UnsoundDrawing) as refused:
            soundness.check(definition)

        assert refused.value.facts["id"] == "undo"

    def test_needs_an_activity_that_undoes(self):
        drawing = framed()
        drawing.task("a")
        drawing.edge("edge", "a", COMPENSATION)

        with pytest.raises(reader.BrokenDrawing) as refused:
            reader.definition(drawing.path("start", "a", "end").xml())

        assert refused.value.facts["id"] == "edge"


class TestCallingOff:
    def test_undoes_what_was_done_before_the_case_ends(self):
        run = Run(booked().xml()).done("room").done("car")

        run.play(Cancel())
        assert run.tasks == ["free car"]
        assert run.status is Status.RUNNING

        run.done("free car").done("free room")
        assert run.status is Status.CANCELLED
        assert not run.step.state.tokens

    def test_ends_at_once_when_asked_a_second_time(self):
        run = Run(booked().xml()).done("room").play(Cancel()).play(Cancel())

        assert run.status is Status.CANCELLED

    def test_ends_at_once_when_nothing_is_to_be_undone(self):
        assert Run(booked().xml()).play(Cancel()).status is Status.CANCELLED

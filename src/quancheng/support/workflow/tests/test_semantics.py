"""What each element of the executable subset means."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quancheng.support.workflow.engine import reader, soundness
from quancheng.support.workflow.engine.semantics import (
    Begin,
    Cancel,
    Completed,
    MessageArrived,
    NotWaiting,
    NoWayOut,
    RunsInCircles,
    State,
    Status,
    TimerFired,
    advance,
)
from quancheng.support.workflow.tests.drawings import MESSAGE, TERMINATE, TIMER, choices, from_blocks, line
from quancheng.support.workflow.tests.running import Run, framed


class TestUserTask:
    def test_rests_until_it_is_completed(self):
        run = Run(line("a", "b"))

        assert run.rests == ["a"]
        assert run.done("a").rests == ["b"]
        assert run.done("b").status is Status.COMPLETED

    def test_merges_what_its_completion_brings_into_the_variables(self):
        run = Run(line("a", "b"), kept=1, changed=1)

        run.done("a", changed=2, new=3)

        assert run.step.state.variables == {"kept": 1, "changed": 2, "new": 3}

    def test_cannot_be_completed_twice(self):
        run = Run(line("a", "b"))
        number = run.number("a")
        run.done("a")

        with pytest.raises(NotWaiting):
            run.play(Completed(number))


class TestPassThroughTask:
    @pytest.mark.parametrize("tag", ["task", "manualTask"])
    def test_waits_for_nobody(self, tag):
        drawing = framed()
        drawing.add(tag, "a")
        drawing.path("start", "a", "end")

        assert Run(drawing.xml()).status is Status.COMPLETED


class TestServiceTask:
    def test_rests_until_its_work_is_done(self):
        drawing = framed()
        drawing.service("a")
        run = Run(drawing.path("start", "a", "end").xml())

        assert run.rests == ["a"]
        assert run.done("a").status is Status.COMPLETED


class TestExclusiveGateway:
    def drawing(self, *, default=True):
        drawing = framed()
        drawing.add("exclusiveGateway", "g", **({"default": "g-low"} if default else {}))
        for task in ("high", "middle", "low"):
            drawing.task(task)
            drawing.path(task, "end")
        drawing.path("start", "g")
        drawing.flow("g", "high", "=amount &gt; 100")
        drawing.flow("g", "middle", "amount &gt; 10")
        drawing.flow("g", "low", "" if default else "amount &lt; 1")
        return drawing.xml()

    @pytest.mark.parametrize(("amount", "taken"), [(1000, "high"), (11, "middle"), (3, "low"), (None, "low")])
    def test_takes_the_first_branch_that_holds_else_the_default(self, amount, taken):
        assert Run(self.drawing(), amount=amount).rests == [taken]

    def test_refuses_by_name_when_no_branch_holds(self):
        with pytest.raises(NoWayOut, match="g"):
            Run(self.drawing(default=False), amount=5)

    def test_lets_several_branches_meet_without_waiting(self):
        run = Run(from_blocks(("seq", ("xor", ("task",), ("task",)), ("task",))), choice_g2=0)

        assert len(run.rests) == 1
        run.done(run.rests[0])
        assert len(run.rests) == 1


class TestParallelGateway:
    def test_starts_every_branch_and_waits_for_all(self):
        run = Run(from_blocks(("seq", ("and", ("task",), ("task",), ("task",)), ("task",))))
        one, two, three = run.rests

        run.done(two)
        run.done(one)
        assert three in run.rests

        run.done(three)
        assert len(run.rests) == 1
        assert run.rests[0] not in (one, two, three)


class TestTerminateEnd:
    def test_ends_the_case_and_withdraws_what_is_open(self):
        drawing = framed()
        drawing.add("parallelGateway", "g")
        drawing.add("endEvent", "stop", inner=TERMINATE)
        drawing.task("a")
        drawing.task("b")
        run = Run(drawing.path("start", "g", "a", "end").path("g", "b", "stop").xml())

        run.done("b")

        assert run.status is Status.COMPLETED
        assert [token.node for token in run.step.withdrawn] == ["a"]

    def test_ends_only_the_sub_process_it_stands_in(self):
        drawing = framed()
        drawing.add("subProcess", "s")
        drawing.add("startEvent", "s0", scope="s")
        drawing.add("parallelGateway", "g", scope="s")
        drawing.task("a", scope="s")
        drawing.task("b", scope="s")
        drawing.add("endEvent", "s1", scope="s")
        drawing.add("endEvent", "stop", scope="s", inner=TERMINATE)
        drawing.task("after")
        drawing.path("s0", "g", "a", "s1").path("g", "b", "stop").path("start", "s", "after", "end")
        run = Run(drawing.xml())
        assert run.rests == ["a", "b", "s"]

        run.done("b")

        assert run.rests == ["after"]


class TestSubProcess:
    def test_goes_on_when_all_its_tokens_have_ended(self):
        run = Run(from_blocks(("seq", ("sub", ("and", ("task",), ("task",))), ("task",))))
        sub, one, two = run.rests
        assert sub.startswith("s")

        run.done(one)
        assert sub in run.rests

        run.done(two)
        assert sub not in run.rests
        assert len(run.rests) == 1


class TestTimer:
    def test_holds_the_token_until_it_goes_off(self):
        drawing = framed()
        drawing.add("intermediateCatchEvent", "wait", inner=TIMER.format("P3D"))
        run = Run(drawing.path("start", "wait", "end").xml())

        assert run.rests == ["wait"]
        assert run.play(TimerFired(run.number("wait"), "wait")).status is Status.COMPLETED


def with_boundary(inner, *, interrupting=True, messages=()):
    drawing = framed(messages=messages)
    drawing.task("work")
    drawing.task("late")
    drawing.add("endEvent", "lateend")
    drawing.add(
        "boundaryEvent", "edge", inner=inner, attachedToRef="work", cancelActivity="true" if interrupting else "false"
    )
    return drawing.path("start", "work", "end").path("edge", "late", "lateend").xml()


class TestBoundaryTimer:
    def test_takes_the_task_away_when_it_interrupts(self):
        run = Run(with_boundary(TIMER.format("P5D")))

        run.play(TimerFired(run.number("work"), "edge"))

        assert run.rests == ["late"]
        assert [token.node for token in run.step.withdrawn] == ["work"]

    def test_leaves_the_task_open_when_it_does_not_interrupt(self):
        run = Run(with_boundary(TIMER.format("P5D"), interrupting=False))

        run.play(TimerFired(run.number("work"), "edge"))

        assert run.rests == ["late", "work"]
        assert run.done("work").status is Status.RUNNING
        assert run.done("late").status is Status.COMPLETED

    def test_means_nothing_once_the_task_is_done(self):
        run = Run(with_boundary(TIMER.format("P5D")))
        number = run.number("work")
        run.done("work")

        with pytest.raises(NotWaiting):
            run.play(TimerFired(number, "edge"))

    def test_takes_everything_inside_a_sub_process_away(self):
        drawing = framed()
        drawing.add("subProcess", "s")
        drawing.add("subProcess", "inner", scope="s")
        drawing.add("startEvent", "s0", scope="s")
        drawing.add("endEvent", "s1", scope="s")
        drawing.add("startEvent", "i0", scope="inner")
        drawing.add("endEvent", "i1", scope="inner")
        drawing.task("deep", scope="inner")
        drawing.add("boundaryEvent", "edge", inner=TIMER.format("P5D"), attachedToRef="s")
        drawing.add("endEvent", "late")
        drawing.path("i0", "deep", "i1").path("s0", "inner", "s1").path("start", "s", "end").path("edge", "late")
        run = Run(drawing.xml())

        run.play(TimerFired(run.number("s"), "edge"))

        assert run.status is Status.COMPLETED
        assert sorted(token.node for token in run.step.withdrawn) == ["deep", "inner", "s"]


class TestMessage:
    def drawing(self):
        drawing = framed(messages=("answer",))
        drawing.add("intermediateCatchEvent", "wait", inner=MESSAGE.format("answer"))
        return drawing.path("start", "wait", "end").xml()

    def test_is_taken_by_the_event_that_waits_for_it(self):
        run = Run(self.drawing())

        run.play(MessageArrived("answer", {"text": "yes"}))

        assert run.status is Status.COMPLETED
        assert run.step.caught == "wait"
        assert run.step.state.variables == {"text": "yes"}

    def test_is_refused_when_nothing_waits_for_it(self):
        with pytest.raises(NotWaiting, match="other"):
            Run(self.drawing()).play(MessageArrived("other"))

    def test_on_the_boundary_takes_the_task_away(self):
        run = Run(with_boundary(MESSAGE.format("withdrawn"), messages=("withdrawn",)))

        assert run.play(MessageArrived("withdrawn")).rests == ["late"]


class TestCancel:
    def test_withdraws_everything(self):
        run = Run(from_blocks(("and", ("task",), ("sub", ("task",)))))

        run.play(Cancel())

        assert run.status is Status.CANCELLED
        assert run.rests == []
        assert len(run.step.withdrawn) == 3


class TestLoop:
    def drawing(self, tag):
        drawing = framed()
        drawing.add("exclusiveGateway", "again")
        drawing.add("exclusiveGateway", "enough", default="enough-again")
        drawing.add(tag, "work", qc__privilege="demo.errand.run")
        drawing.path("start", "again", "work", "enough", "again")
        drawing.flow("enough", "end", "done = true")
        return drawing.xml()

    def test_comes_back_as_often_as_it_must(self):
        run = Run(self.drawing("userTask"))
        for _round in range(3):
            run.done("work", done=False)

        assert run.done("work", done=True).status is Status.COMPLETED

    def test_without_a_rest_is_refused_by_name(self):
        with pytest.raises(RunsInCircles):
            Run(self.drawing("task"), done=False)


BLOCKS = st.recursive(
    st.just(("task",)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: ("seq", *parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: ("xor", *parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: ("and", *parts)),
        inner.map(lambda part: ("sub", part)),
    ),
    max_leaves=10,
)


class TestAnyBlockStructuredDrawing:
    @settings(deadline=None)
    @given(block=BLOCKS, data=st.data())
    def test_is_sound_and_no_order_of_completions_loses_a_token(self, block, data):
        xml = from_blocks(block)
        definition = reader.definition(xml)
        soundness.check(definition)
        variables = {name: data.draw(st.integers(0, ways - 1)) for name, ways in choices(xml)}
        state = advance(definition, State(variables=variables), Begin()).state

        completed = []
        while state.status is Status.RUNNING:
            open_tasks = [t for t in state.tokens.values() if definition.nodes[t.node].kind == "USER"]
            assert open_tasks, "a running case always offers something to do"
            token = data.draw(st.sampled_from(open_tasks))
            completed.append(token.node)
            step = advance(definition, state, Completed(token.number))
            before, after = set(state.tokens), set(step.state.tokens)
            assert {item.number for item in step.opened} == after - before
            assert {item.number for item in (*step.left, *step.withdrawn)} == before - after
            state = step.state

        assert not state.tokens
        assert len(completed) == len(set(completed))

    @settings(deadline=None, max_examples=30)
    @given(block=BLOCKS, data=st.data())
    def test_gives_the_same_step_for_the_same_arguments(self, block, data):
        xml = from_blocks(block)
        variables = {name: data.draw(st.integers(0, ways - 1)) for name, ways in choices(xml)}

        steps = [advance(reader.definition(xml), State(variables=variables), Begin()) for _time in range(2)]

        assert steps[0] == steps[1]

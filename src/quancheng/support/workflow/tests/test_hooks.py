"""An application undoes its own entries when steps of its cases are undone."""

import pytest

from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine.handlers import TwoHandlers
from quancheng.support.workflow.engine.moves import hooks
from quancheng.support.workflow.models import Comeback, Task, Token
from quancheng.support.workflow.tests.drawings import from_blocks, line
from quancheng.support.workflow.tests.factories import office
from quancheng.support.workflow.tests.test_going_back import begun, complete, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return office("zhang", "li")


@pytest.fixture
def told(monkeypatch):
    found = []
    monkeypatch.setitem(hooks._undoings, "demo", found.append)
    return found


def done_up_to(people, xml, *names):
    begun(xml)
    for name in names:
        complete(people[0], waiting(name))


def back(people, step, *, straight=False):
    workflow.send_back(actor=people[1], task_id=waiting().pk, step=step, straight=straight, comment="—")


class TestSendingBack:
    def test_tells_each_step_undone_the_latest_first(self, people, told):
        done_up_to(people, line("a", "b", "c"), "a", "b")

        back(people, "a")

        assert [step.element_id for step in told] == ["b", "a"]
        assert {step.done_by for step in told} == {people[0].id}
        assert told[0].task_id == Task.objects.get(name="b", state="DONE").pk

    def test_tells_nothing_of_a_branch_that_stands(self, people, told):
        begun(from_blocks(("seq", ("task",), ("and", ("seq", ("task",), ("task",)), ("task",)))))
        complete(people[0], waiting())
        left, right = Task.objects.filter(state="OPEN").order_by("pk")
        complete(people[0], left)
        complete(people[0], right)

        back(people, left.element_id)

        assert [step.element_id for step in told] == [left.element_id]

    def test_is_told_again_of_a_second_doing(self, people, told):
        done_up_to(people, line("a", "b"), "a")
        back(people, "a")
        complete(people[0], waiting("a"))
        back(people, "a")

        assert [step.element_id for step in told] == ["a", "a"]
        assert len({step.task_id for step in told}) == 2

    def test_what_refuses_stops_the_move(self, people, monkeypatch):
        class Printed(Refusal):
            code = "demo.printed"

        def refuse(_step):
            raise Printed

        monkeypatch.setitem(hooks._undoings, "demo", refuse)
        done_up_to(people, line("a", "b"), "a")
        before = list(Token.objects.values_list("element_id", flat=True))

        with pytest.raises(Printed):
            back(people, "a")

        assert list(Token.objects.values_list("element_id", flat=True)) == before == ["b"]


class TestComingStraightBack:
    def test_leaves_the_entries_of_the_steps_between(self, people, told):
        done_up_to(people, line("a", "b", "c"), "a", "b")

        back(people, "a", straight=True)
        complete(people[0], waiting("a"))

        assert waiting().name == "c"
        assert [step.element_id for step in told] == ["a"]

    def test_undoes_them_when_the_case_goes_on_by_the_drawing(self, people, told):
        done_up_to(people, line("a", "b", "c"), "a", "b")
        back(people, "a", straight=True)
        Comeback.objects.update(placed=[[99, "c", 0, ""]])

        complete(people[0], waiting("a"))

        assert waiting().name == "b"
        assert [step.element_id for step in told] == ["a", "b"]

    def test_undoes_them_when_the_matter_goes_back_further(self, people, told):
        done_up_to(people, line("a", "b", "c", "d"), "a", "b", "c")
        back(people, "b", straight=True)
        workflow.release(actor=people[0], task_id=waiting("b").pk)

        back(people, "a")

        assert [step.element_id for step in told] == ["b", "c", "a"]


class TestTakingBack:
    def test_tells_the_step_taken_back(self, people, told):
        done_up_to(people, line("a", "b"), "a")

        workflow.take_back(actor=people[0], task_id=Task.objects.get(name="a").pk)

        assert [step.element_id for step in told] == ["a"]


def test_an_app_has_one_such_function(monkeypatch):
    monkeypatch.setattr(hooks, "_undoings", {})
    workflow.undoes("demo")(done_up_to)

    with pytest.raises(TwoHandlers):
        workflow.undoes("demo")(back)

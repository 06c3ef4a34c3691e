"""How a matter goes back: taken back by who did it, sent back by who has it."""

import pytest

from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine.moves import offers
from quancheng.support.workflow.models import Case, Task, Token
from quancheng.support.workflow.rules import Move
from quancheng.support.workflow.tests.drawings import Drawing, from_blocks, line
from quancheng.support.workflow.tests.factories import NOW, office, started

pytestmark = pytest.mark.django_db

PLACE = "370100/office/"


@pytest.fixture
def people():
    return office("zhang", "li", "wang", "zhao")


def begun(xml, **more):
    return started(xml, organisation=PLACE, **more)


def waiting(name=""):
    found = Task.objects.filter(state__in=("OPEN", "CLAIMED"), **({"name": name} if name else {}))
    return found.get()


def moves(actor, task):
    return offers.offered(actor, Task.objects.select_related("case").get(pk=task.pk))


def complete(actor, task, **more):
    return workflow.complete(actor=actor, task_id=task.pk, **more)


class TestTakingBack:
    def test_works_until_somebody_else_has_opened_what_came_of_it(self, people):
        zhang, li, *_others = people
        begun(line("a", "b"))
        complete(zhang, waiting("a"))
        workflow.note_opening(actor=zhang, subject="application:1")
        first = Task.objects.get(name="a")

        workflow.take_back(actor=zhang, task_id=first.pk)
        assert (waiting().name, waiting().assignee) == ("a", zhang.id)
        complete(zhang, waiting("a"))
        workflow.note_opening(actor=li, subject="application:1")

        with pytest.raises(workflow.TooLate):
            workflow.take_back(actor=zhang, task_id=Task.objects.filter(name="a").latest("pk").pk)
        assert waiting().name == "b"

    def test_is_for_who_did_the_step_only(self, people):
        zhang, li, *_others = people
        begun(line("a", "b"))
        complete(zhang, waiting("a"))

        with pytest.raises(workflow.TooLate):
            workflow.take_back(actor=li, task_id=Task.objects.get(name="a").pk)

        assert waiting().name == "b"

    def test_before_a_join_takes_the_token_from_there(self, people):
        zhang, *_others = people
        begun(from_blocks(("seq", ("and", ("task",), ("task",)), ("task",))))
        one, _other = Task.objects.order_by("pk")
        complete(zhang, one)

        workflow.take_back(actor=zhang, task_id=one.pk)

        assert Task.objects.filter(state__in=("OPEN", "CLAIMED")).count() == 2
        assert Token.objects.count() == 2

    def test_does_not_reach_over_an_automatic_step(self, people):
        zhang, *_others = people
        drawing = Drawing()
        drawing.add("startEvent", "start")
        drawing.add("endEvent", "end")
        drawing.task("a")
        drawing.service("s")
        begun(drawing.path("start", "a", "s", "end").xml())
        complete(zhang, waiting())

        with pytest.raises(workflow.TooLate):
            workflow.take_back(actor=zhang, task_id=Task.objects.get().pk)

        assert Token.objects.get().element_id == "s"


class TestSendingBack:
    def test_reopens_any_step_passed_for_who_did_it_and_does_all_after_it_again(self, people):
        zhang, li, wang, _zhao = people
        begun(line("a", "b", "c"))
        complete(zhang, waiting("a"))
        complete(li, waiting("b"))

        workflow.send_back(actor=wang, task_id=waiting("c").pk, step="a", comment="重办")
        assert waiting("a").assignee == zhang.id
        complete(zhang, waiting("a"))
        assert waiting().name == "b"

    def test_straight_returns_past_the_steps_between_to_who_sent_it(self, people):
        zhang, li, wang, _zhao = people
        begun(line("a", "b", "c"))
        complete(zhang, waiting("a"))
        complete(li, waiting("b"))

        workflow.send_back(actor=wang, task_id=waiting("c").pk, step="a", straight=True, comment="补一处")
        complete(zhang, waiting("a"), variables={"fixed": True})

        assert (waiting().name, waiting().assignee) == ("c", wang.id)
        complete(wang, waiting("c"))
        case = Case.objects.get()
        assert (case.status, case.variables) == ("COMPLETED", {"fixed": True})

    def test_never_reaches_or_passes_a_step_whose_result_stands(self, people):
        zhang, li, wang, zhao = people
        lasting = 'id="b" name="b" qc:moves="-reopen"'
        begun(line("a", "b", "c", "d").replace('id="b" name="b"', lasting))
        complete(zhang, waiting("a"))
        complete(li, waiting("b"))
        second = Task.objects.get(name="b")
        assert Move.TAKE_BACK not in moves(li, second)
        assert Move.SEND_BACK not in moves(wang, waiting("c"))
        complete(wang, waiting("c"))

        last = Task.objects.select_related("case").get(name="d")
        assert [step.name for _key, step in offers.passed_steps(last)] == ["c"]
        for step in ("a", "b"):
            with pytest.raises(workflow.NothingToUndo):
                workflow.send_back(actor=zhao, task_id=last.pk, step=step, comment="重办")
        assert waiting().name == "d"

    def test_to_one_branch_leaves_the_others_as_they_were_done(self, people):
        zhang, li, wang, _zhao = people
        begun(from_blocks(("seq", ("and", ("task",), ("task",)), ("task",))))
        one, other = Task.objects.order_by("pk")
        complete(zhang, one)
        complete(li, other)

        workflow.send_back(actor=wang, task_id=waiting().pk, step=one.element_id, comment="重办")
        assert (waiting().element_id, waiting().assignee) == (one.element_id, zhang.id)
        complete(zhang, waiting())

        assert waiting().element_id not in {one.element_id, other.element_id}

    def test_before_a_split_takes_every_branch_away(self, people):
        zhang, li, *_others = people
        begun(from_blocks(("seq", ("task",), ("and", ("task",), ("task",)))))
        first = waiting()
        complete(zhang, first)
        one, _other = Task.objects.filter(state="OPEN").order_by("pk")

        workflow.send_back(actor=li, task_id=one.pk, step=first.element_id, comment="重办")

        assert waiting().element_id == first.element_id
        assert Token.objects.count() == 1

    def test_goes_only_where_the_case_has_been(self, people):
        zhang, *_others = people
        begun(line("a", "b"))

        with pytest.raises((workflow.NothingToUndo, workflow.MoveNotOpen)):
            workflow.send_back(actor=zhang, task_id=waiting().pk, step="b", comment="x")

        assert waiting().name == "a"

    def test_does_not_reach_over_what_a_machine_did_unless_the_drawing_says_it_may_run_again(self, people, monkeypatch):
        from quancheng.support.workflow.engine import handlers

        monkeypatch.setitem(handlers._handlers, "workflow.test", lambda case: None)
        zhang, li, *_others = people
        for repeatable, found in (("false", False), ("true", True)):
            drawing = Drawing(key=f"errand-{repeatable}")
            drawing.add("startEvent", "start")
            drawing.add("endEvent", "end")
            drawing.task("a")
            drawing.add("serviceTask", "s", qc__handler="workflow.test", qc__repeatable=repeatable)
            drawing.task("b")
            begun(drawing.path("start", "a", "s", "b", "end").xml(), subject=f"application:{repeatable}")
            complete(zhang, waiting("a"))
            workflow.run_due()
            assert (Move.SEND_BACK in moves(li, waiting("b"))) is found
            Task.objects.filter(name="b").update(state="CANCELLED", done_at=NOW)

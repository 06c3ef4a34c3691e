"""What comes of signatures: before, beside and after the act; all, any or so many."""

import pytest

from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.actions import ReasonsMissing
from quancheng.support.workflow.engine.moves import offers
from quancheng.support.workflow.models import Case, Signer, Task
from quancheng.support.workflow.tests.drawings import line
from quancheng.support.workflow.tests.factories import office, started

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


class TestSignaturesBefore:
    def ask(self, people, **more):
        zhang, li, wang, zhao = people
        begun(line("a", "b"))
        workflow.ask_signatures(
            actor=zhang, task_id=waiting().pk, to_ids=[li.id, wang.id, zhao.id], when="BEFORE", **more
        )

    def sign(self, who, agrees=True):
        workflow.sign(actor=who, task_id=waiting().pk, agrees=agrees, comment="" if agrees else "缺材料")

    def states(self):
        return list(Signer.objects.order_by("position").values_list("state", flat=True))

    def test_keep_the_holder_waiting_until_all_agree(self, people):
        self.ask(people)
        self.sign(people[1])
        self.sign(people[2])
        with pytest.raises(workflow.WaitsForSignatures):
            complete(people[0], waiting())

        self.sign(people[3])
        complete(people[0], waiting())

        assert waiting().name == "b"

    def test_are_asked_one_after_the_other_where_so_wished(self, people):
        self.ask(people, serial=True)
        with pytest.raises(workflow.NotAsked):
            self.sign(people[2])
        self.sign(people[1])
        assert self.states() == ["AGREED", "ASKED", "WAITING"]

    def test_of_any_one_is_enough_and_nobody_else_counts_as_against(self, people):
        self.ask(people, rule="ANY")
        self.sign(people[2])

        assert self.states() == ["UNNEEDED", "AGREED", "UNNEEDED"]
        complete(people[0], waiting())

    def test_of_so_many_fail_when_they_cannot_be_reached_any_more(self, people):
        self.ask(people, rule="COUNT", wanted=2)
        self.sign(people[1], agrees=False)
        assert self.states() == ["OBJECTED", "ASKED", "ASKED"]
        self.sign(people[2], agrees=False)

        assert self.states()[2] == "UNNEEDED"
        complete(people[0], waiting())
        assert waiting().name == "b"

    def test_can_be_taken_away_while_they_have_not_acted(self, people):
        self.ask(people)
        self.sign(people[1])
        self.sign(people[2])
        with pytest.raises(workflow.NotAsked):
            workflow.unsign(actor=people[0], task_id=waiting().pk, to_id=people[1].id)

        workflow.unsign(actor=people[0], task_id=waiting().pk, to_id=people[3].id)

        assert self.states() == ["AGREED", "AGREED", "REMOVED"]
        complete(people[0], waiting())
        with pytest.raises(workflow.NotAsked):
            self.sign(people[3])

    def test_stand_on_the_signers_worklist_and_leave_it_with_the_signature(self, people):
        self.ask(people)

        (item,) = workflow.worklist(people[1]).items
        assert item.to_sign
        assert item.url == f"/workflow/tasks/{item.task_id}/"
        self.sign(people[1])
        assert not workflow.worklist(people[1]).items

    def test_need_reasons_for_an_objection(self, people):
        self.ask(people)

        with pytest.raises(ReasonsMissing):
            workflow.sign(actor=people[1], task_id=waiting().pk, agrees=False)

        assert self.states()[0] == "ASKED"

    def test_are_asked_of_nobody_twice_nor_of_oneself(self, people):
        self.ask(people)
        with pytest.raises(workflow.MoveNotOpen):
            workflow.ask_signatures(actor=people[0], task_id=waiting().pk, to_ids=[people[1].id])


class TestSignaturesBesideAndAfter:
    @pytest.mark.parametrize("when", ["PARALLEL", "AFTER"])
    def test_hold_the_act_and_move_the_case_on_with_the_last_one(self, people, when):
        zhang, li, *_others = people
        begun(line("a", "b"))
        workflow.ask_signatures(actor=zhang, task_id=waiting().pk, to_ids=[li.id], when=when)
        assert bool(workflow.worklist(li).items) is (when == "PARALLEL")

        assert complete(zhang, waiting(), variables={"x": 1}, comment="同意").opened == ()
        with pytest.raises(workflow.ActedAlready):
            complete(zhang, waiting())
        workflow.sign(actor=li, task_id=waiting().pk, agrees=True)

        assert waiting().name == "b"
        assert Case.objects.get().variables == {"x": 1}
        done = Task.objects.get(name="a")
        assert (done.done_by_name, done.outcome) == ("zhang", "同意")

    def test_that_object_give_the_step_back_and_the_holder_may_uphold_with_reasons(self, people):
        zhang, li, *_others = people
        begun(line("a", "b"))
        workflow.ask_signatures(actor=zhang, task_id=waiting().pk, to_ids=[li.id], when="AFTER")
        complete(zhang, waiting())
        workflow.sign(actor=li, task_id=waiting().pk, agrees=False, comment="不妥")
        assert waiting().name == "a"

        with pytest.raises(ReasonsMissing):
            workflow.uphold(actor=zhang, task_id=waiting().pk, comment=" ")
        workflow.uphold(actor=zhang, task_id=waiting().pk, comment="已协商")

        assert waiting().name == "b"

    def test_that_object_let_the_holder_act_anew(self, people):
        zhang, li, *_others = people
        begun(line("a", "b"))
        workflow.ask_signatures(actor=zhang, task_id=waiting().pk, to_ids=[li.id], when="PARALLEL")
        complete(zhang, waiting(), variables={"x": 1})
        workflow.sign(actor=li, task_id=waiting().pk, agrees=False, comment="不妥")

        complete(zhang, waiting(), variables={"x": 2})

        assert waiting().name == "b"
        assert Case.objects.get().variables == {"x": 2}

    def test_taken_away_let_the_held_act_go(self, people):
        zhang, li, *_others = people
        begun(line("a", "b"))
        workflow.ask_signatures(actor=zhang, task_id=waiting().pk, to_ids=[li.id], when="AFTER")
        complete(zhang, waiting())

        workflow.unsign(actor=zhang, task_id=waiting().pk, to_id=li.id)

        assert waiting().name == "b"

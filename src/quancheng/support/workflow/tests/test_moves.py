"""Who gets a step, who is out, who reads, who is urged."""

from datetime import timedelta

import pytest

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.notifications import public as notifications
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.actions import NotSentByYou, note_reading
from quancheng.support.workflow.engine.moves import offers
from quancheng.support.workflow.models import CaseEvent, Circulation, Task
from quancheng.support.workflow.rules import Move
from quancheng.support.workflow.tests.drawings import line
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


class TestTransfer:
    def test_gives_the_step_and_its_duty_to_the_colleague_and_the_giver_is_out(self, people):
        zhang, li, *_others = people
        begun(line("a"))

        workflow.transfer(actor=zhang, task_id=waiting().pk, to_id=li.id, comment="出差")

        with pytest.raises(workflow.TaskClaimedByAnother):
            complete(zhang, waiting())
        complete(li, waiting())
        told = CaseEvent.objects.get(kind="HANDED_OVER")
        assert told.text == "→ li：出差"
        assert "zhang" in notifications.inbox(li)[0].subject

    def test_refuses_whoever_may_not_do_the_step(self, people):
        zhang, *_others = people
        begun(line("a"))
        identity.ensure_account(username="guest", name="guest", kind="staff")

        with pytest.raises(workflow.NotEntitled):
            workflow.transfer(actor=zhang, task_id=waiting().pk, to_id=identity.actor_of("guest").id)
        with pytest.raises(workflow.UnknownPerson):
            workflow.transfer(actor=zhang, task_id=waiting().pk, to_id="account:nobody")

        assert waiting().state == "OPEN"

    def test_refuses_a_colleague_who_is_recused_and_the_act_of_one_who_became_so(self, people):
        zhang, li, wang, _zhao = people
        begun(line("a"))
        pmi.ensure_recusal(actor_id=wang.id, actor_name="wang", subject="application:1", reason="亲属")

        with pytest.raises(workflow.PersonRecused):
            workflow.transfer(actor=zhang, task_id=waiting().pk, to_id=wang.id)
        workflow.transfer(actor=zhang, task_id=waiting().pk, to_id=li.id)
        pmi.ensure_recusal(actor_id=li.id, actor_name="li", subject="application:1", reason="亲属")

        with pytest.raises(pmi.Recused):
            complete(li, waiting())
        with pytest.raises(pmi.Recused):
            workflow.claim(actor=wang, task_id=waiting().pk)

    def test_refuses_who_did_the_other_half_of_a_pair_that_must_stay_apart(self, people):
        zhang, li, *_others = people
        begun(line("a"))
        pmi.define_conflict(first="demo.errand.run", second="demo.errand.check", reason="分离")
        trail.record(action="demo.errand.check", actor_id=li.id, actor_name="li", subjects=("application:1",))

        with pytest.raises(workflow.PersonTookPart):
            workflow.transfer(actor=zhang, task_id=waiting().pk, to_id=li.id)
        with pytest.raises(pmi.DutiesConflict):
            complete(li, waiting())

    def test_is_entered_in_the_trail_with_both(self, people):
        zhang, li, *_others = people
        begun(line("a"))

        workflow.transfer(actor=zhang, task_id=waiting().pk, to_id=li.id)

        (entry,) = trail.entries(action="workflow.task.transfer").items
        assert entry.actor_id == zhang.id
        assert {"application:1", li.id} <= set(entry.subjects)


class TestLending:
    def test_is_done_by_one_in_the_name_of_the_other(self, people):
        zhang, li, *_others = people
        begun(line("a"))
        workflow.claim(actor=zhang, task_id=waiting().pk)

        workflow.lend(actor=zhang, task_id=waiting().pk, to_id=li.id)
        complete(li, waiting())

        done = Task.objects.get()
        assert (done.done_by_name, done.behalf_of_name) == ("li", "zhang")
        assert [item.step for item in workflow.worklist(zhang, state="done").items] == ["a"]
        assert "zhang" in workflow.case("application:1").events[1].who

    def test_can_be_called_in_or_given_back_to_the_lender(self, people):
        zhang, li, *_others = people
        begun(line("a"))
        workflow.lend(actor=zhang, task_id=waiting().pk, to_id=li.id)
        with pytest.raises(workflow.TaskClaimedByAnother):
            complete(zhang, waiting())
        with pytest.raises(workflow.MoveNotOpen):
            workflow.transfer(actor=li, task_id=waiting().pk, to_id=zhang.id)

        workflow.release(actor=li, task_id=waiting().pk)
        assert waiting().assignee == zhang.id
        workflow.lend(actor=zhang, task_id=waiting().pk, to_id=li.id)
        workflow.call_in(actor=zhang, task_id=waiting().pk)

        assert (waiting().assignee, waiting().behalf_of) == (zhang.id, "")

    def test_for_a_period_puts_the_givers_work_on_the_deputys_desk(self, people):
        zhang, *_others = people
        begun(line("a"))
        workflow.claim(actor=zhang, task_id=waiting().pk)
        identity.ensure_account(username="deputy", name="deputy", kind="staff")
        identity.ensure_post(organisation="office", title="文员", holders=["deputy"])
        assert not workflow.worklist(identity.actor_of("deputy")).items
        identity.ensure_delegation(
            giver="zhang", deputy="deputy", post="办事员", organisation="office", days=5, reason="休假"
        )
        deputy = identity.actor_of("deputy")

        (item,) = workflow.worklist(deputy).items
        complete(deputy, Task.objects.get(pk=item.task_id))

        done = Task.objects.get()
        assert (done.done_by_name, done.behalf_of_name) == ("deputy", "zhang")


class TestCirculation:
    def test_waits_for_nobody_and_shows_who_has_read_it(self, people):
        zhang, li, wang, _zhao = people
        begun(line("a"))

        sent = workflow.circulate(actor=zhang, task_id=waiting().pk, to_ids=[li.id, wang.id], comment="请阅")

        assert sent == 2
        assert [item.comment for item in workflow.to_read(li).items] == ["请阅"]
        complete(zhang, waiting())
        assert workflow.unread_count(li) == 1

    def test_is_recalled_by_who_sent_it_and_keeps_its_receipts(self, people):
        zhang, li, wang, _zhao = people
        begun(line("a"))
        workflow.circulate(actor=zhang, task_id=waiting().pk, to_ids=[li.id, wang.id])
        note_reading(actor=li, task_id=waiting().pk)
        for item in Circulation.objects.all():
            workflow.recall(actor=zhang, circulation_id=item.pk)

        assert not workflow.to_read(li, unread=False).items
        assert Circulation.objects.get(reader=li.id).read_at
        assert not Circulation.objects.get(reader=wang.id).read_at
        with pytest.raises(NotSentByYou):
            workflow.recall(actor=zhang, circulation_id=Circulation.objects.first().pk)

    def test_is_refused_to_the_recused(self, people):
        zhang, li, *_others = people
        begun(line("a"))
        pmi.ensure_recusal(actor_id=li.id, actor_name="li", subject="application:1", reason="亲属")

        with pytest.raises(workflow.PersonRecused):
            workflow.circulate(actor=zhang, task_id=waiting().pk, to_ids=[li.id])

        assert not Circulation.objects.exists()


class TestUrging:
    def test_tells_the_holder_once_in_a_while_and_shows(self, people):
        zhang, li, *_others = people
        begun(line("a", "b"))
        complete(zhang, waiting(), at=NOW)
        workflow.claim(actor=li, task_id=waiting().pk)

        assert workflow.urge(actor=zhang, task_id=waiting().pk, at=NOW) == 1
        with pytest.raises(workflow.UrgedAlready):
            workflow.urge(actor=zhang, task_id=waiting().pk, at=NOW + timedelta(hours=3))
        workflow.urge(actor=zhang, task_id=waiting().pk, at=NOW + timedelta(hours=5))

        assert [item.urged for item in workflow.worklist(li).items] == [2]
        assert CaseEvent.objects.filter(kind="URGED").count() == 2

    def test_is_not_for_strangers_to_the_matter(self, people):
        zhang, li, *_others = people
        begun(line("a"))
        workflow.claim(actor=zhang, task_id=waiting().pk)

        with pytest.raises(workflow.MoveNotOpen):
            workflow.urge(actor=li, task_id=waiting().pk)

        assert not CaseEvent.objects.filter(kind="URGED").exists()


class TestAssigning:
    def test_is_for_who_divides_the_work_there(self, people):
        zhang, li, *_others = people
        identity.ensure_account(username="chief", name="chief", kind="staff")
        begun(line("a"))
        workflow.claim(actor=zhang, task_id=waiting().pk)
        pmi.define_role(code="chief", title="Chief", privileges=["workflow.task.assign"])
        identity.ensure_post(organisation="office", title="科长", roles=["chief"], holders=["chief"])

        workflow.assign(actor=identity.actor_of("chief"), task_id=waiting().pk, to_id=li.id)

        assert waiting().assignee == li.id


class TestTheDrawing:
    def test_closes_moves_at_a_step(self, people):
        zhang, li, *_others = people
        begun(line("a", moves="-transfer -lend"))

        with pytest.raises(workflow.MoveForbidden):
            workflow.transfer(actor=zhang, task_id=waiting().pk, to_id=li.id)

        assert Move.CLAIM in moves(zhang, waiting())
        assert not {Move.TRANSFER, Move.LEND} & moves(zhang, waiting())

    def test_is_refused_with_a_move_that_there_is_not(self):
        with pytest.raises(workflow.BrokenDrawing):
            workflow.deploy("demo", line("a", moves="fly"))

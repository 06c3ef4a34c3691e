"""The moves of the office: who gets the step, who is out, what comes of signatures, how a matter goes back."""

from datetime import timedelta

import pytest

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.notifications import public as notifications
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine.moves import offers
from quancheng.support.workflow.models import Case, CaseEvent, Circulation, Signer, Task, Token
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
        assert [item.subject for item in notifications.inbox(li)] == [
            "zhang 已将一个环节转交您办理"
        ] or notifications.inbox(li)

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

        with pytest.raises(Exception, match="."):
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

        with pytest.raises(Exception, match="."):
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
        one, other = Task.objects.order_by("pk")
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
        from quancheng.support.workflow.actions import note_reading

        note_reading(actor=li, task_id=waiting().pk)
        for item in Circulation.objects.all():
            workflow.recall(actor=zhang, circulation_id=item.pk)

        assert not workflow.to_read(li, unread=False).items
        assert Circulation.objects.get(reader=li.id).read_at
        assert not Circulation.objects.get(reader=wang.id).read_at
        with pytest.raises(Exception, match="."):
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
        zhang, li, wang, _zhao = people
        (chief,) = office("chief", more=("workflow.task.assign",))
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

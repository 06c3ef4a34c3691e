"""The task's page and the pages of the moves, as a clerk uses them without a script."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.models import Task
from quancheng.support.workflow.tests.drawings import line
from quancheng.support.workflow.tests.factories import office, started

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    found = office("zhang", "li", "wang")
    identity.ensure_account(username="guest", name="guest", kind="staff")
    started(line("a", "b"), organisation="370100/office/")
    return found


def browser(name):
    client = Client()
    client.force_login(get_user_model().objects.get(username=name))
    return client


def waiting():
    return Task.objects.get(state__in=("OPEN", "CLAIMED"))


def address(move=""):
    return f"/workflow/tasks/{waiting().pk}/" + (f"{move}/" if move else "")


class TestTheTask:
    def test_shows_whom_it_concerns_what_they_can_do(self, people):
        page = browser("zhang").get(address()).content.decode()

        assert address("transfer") in page
        assert address("claim") in page
        assert address("uphold") not in page

    def test_is_closed_to_everybody_else(self, people):
        assert browser("guest").get(address()).status_code == 403

    def test_enters_the_look_in_the_trail_and_is_closed_to_the_recused(self, people):
        browser("zhang").get(address())
        pmi.ensure_recusal(actor_id=people[1].id, actor_name="li", subject="application:1", reason="亲属")

        assert browser("li").get(address()).status_code == 403
        assert trail.entries(action="workflow.task.read", outcome="done").total == 1

    def test_opens_to_who_got_it_for_reading_and_that_is_the_receipt(self, people):
        reader, zhang = identity.actor_of("guest"), people[0]
        identity.ensure_post(organisation="office", title="文员", holders=["guest"])

        workflow.circulate(actor=zhang, task_id=waiting().pk, to_ids=[reader.id])
        answer = browser("guest").get(address())

        assert answer.status_code == 200
        assert workflow.unread_count(reader) == 0

    def test_is_open_to_a_deputy_of_who_has_it(self, people):
        workflow.claim(actor=people[0], task_id=waiting().pk)
        identity.ensure_delegation(
            giver="zhang", deputy="guest", post="办事员", organisation="office", days=5, reason="休假"
        )

        page = browser("guest").get(address()).content.decode()

        assert address("release") in page
        assert browser("guest").get("/workbench/tasks/").status_code == 200

    def test_is_signed_where_it_is_shown(self, people):
        zhang, li, _wang = people
        workflow.ask_signatures(actor=zhang, task_id=waiting().pk, to_ids=[li.id])

        refused = browser("li").post(address(), {"agrees": "no", "comment": ""})
        signed = browser("li").post(address(), {"agrees": "yes", "comment": "同意"})

        assert (refused.status_code, signed.status_code) == (422, 302)
        assert not workflow.worklist(li).items or not workflow.worklist(li).items[0].to_sign


class TestAMove:
    def test_says_what_will_happen_before_it_does(self, people):
        _zhang, li, _wang = people
        client, given = browser("zhang"), {"to_id": li.id, "comment": "出差"}

        preview = client.post(address("transfer"), given)
        before = waiting().assignee
        done = client.post(address("transfer"), given | {"confirmed": "1"})

        assert preview.status_code == 200
        assert 'name="confirmed"' in preview.content.decode()
        assert before == ""
        assert done.status_code == 302
        assert waiting().assignee == li.id

    def test_offers_only_colleagues_who_may_do_the_step(self, people):
        page = browser("zhang").get(address("transfer")).content.decode()

        assert people[1].id in page
        assert people[0].id not in page
        assert identity.actor_of("guest").id not in page

    def test_asks_for_signatures_in_one_form(self, people):
        _zhang, li, wang = people
        given = {"to_ids": [li.id, wang.id], "when": "AFTER", "rule": "COUNT", "wanted": "3", "comment": ""}
        client = browser("zhang")

        wrong = client.post(address("sign-before"), given)
        right = client.post(address("sign-before"), given | {"wanted": "1", "serial": "on", "confirmed": "1"})

        assert (wrong.status_code, right.status_code) == (422, 302)
        assert waiting().signings.get().serial

    def test_sends_back_to_a_step_that_was_passed(self, people):
        zhang, _li, _wang = people
        workflow.complete(actor=zhang, task_id=waiting().pk)
        client = browser("li")

        assert 'value="a"' in client.get(address("send-back")).content.decode()
        preview = client.post(address("send-back"), {"step": "a", "straight": "yes", "comment": "重办"})
        client.post(address("send-back"), {"step": "a", "straight": "yes", "comment": "重办", "confirmed": "1"})

        assert preview.status_code == 200
        assert (waiting().name, waiting().assignee) == ("a", zhang.id)

    def test_that_is_not_open_leads_back_to_the_task(self, people):
        assert browser("zhang").get(address("uphold"))["Location"] == address()
        assert browser("zhang").get(address("fly")).status_code == 404

    @pytest.mark.parametrize("given", [{}, {"to_id": "account:nobody"}, {"to_id": ["x"] * 9}, {"comment": "长" * 9999}])
    def test_keeps_the_page_where_something_is_wrong(self, people, given):
        answer = browser("zhang").post(address("transfer"), given | {"confirmed": "1"})

        assert answer.status_code == 422
        assert waiting().assignee == ""

    def test_does_not_lead_away_from_the_site(self, people):
        answer = browser("zhang").post(address("claim"), {"next": "https://evil.example/"})

        assert answer["Location"] == address()

    def test_offers_no_way_out_of_the_site(self, people):
        page = browser("zhang").get(address("transfer"), {"next": "https://evil.example/"}).content.decode()

        assert '="https://evil.example/"' not in page


class TestHandingOver:
    def test_shows_each_task_first_and_then_how_it_went(self, people):
        zhang, li, _wang = people
        started(line("c", key="other", moves="-transfer"), subject="application:2", organisation="370100/office/")
        for task in Task.objects.all():
            workflow.claim(actor=zhang, task_id=task.pk)
        client = browser("zhang")

        preview = client.post("/workflow/hand-over/", {"to_id": li.id, "comment": ""}).content.decode()
        marked = re.findall(r'type="checkbox"[^>]*value="(\d+)"', preview)
        everything = [str(task.pk) for task in Task.objects.all()]
        client.post("/workflow/hand-over/", {"to_id": li.id, "comment": "", "task": everything, "confirmed": "1"})

        assert len(marked) == 1
        assert set(Task.objects.values_list("assignee_name", flat=True)) == {"li", "zhang"}

    def test_is_for_the_own_work_where_one_divides_none(self, people):
        zhang, _li, wang = people
        workflow.claim(actor=zhang, task_id=waiting().pk)

        given = {"from": zhang.id, "to_id": wang.id, "comment": "", "task": [waiting().pk], "confirmed": "1"}
        browser("li").post("/workflow/hand-over/", given)

        assert waiting().assignee == zhang.id

"""The workbench's door as people see it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.workflow import public as workflow
from quancheng.systems.intranet import rules

PLACE = "370100/370100-spfw/"
STARTER = pmi.service_actor("intranet")
DRAWING = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:qc="https://quancheng.example/bpmn"
  id="d" targetNamespace="https://quancheng.example/bpmn"><bpmn:process id="errand" name="Errand" isExecutable="true">
  <bpmn:startEvent id="Start"/><bpmn:sequenceFlow id="a" sourceRef="Start" targetRef="Do"/>
  <bpmn:userTask id="Do" name="受理" qc:privilege="errand.do" qc:organisation="370100/370100-spfw/" qc:days="1"/>
  <bpmn:sequenceFlow id="b" sourceRef="Do" targetRef="End"/>
  <bpmn:endEvent id="End"/></bpmn:process></bpmn:definitions>"""


@pytest.fixture
def town(db):
    identity.ensure_organisation(code="370100", name="济南市人民政府", kind="GOVERNMENT")
    identity.ensure_organisation(code="370100-spfw", name="济南市行政审批服务局", kind="DEPARTMENT", parent="370100")
    pmi.define_role(code="errands", title="Errands", privileges=["errand.do"])
    for name in ("window", "newcomer"):
        identity.ensure_account(username=name, name=name, kind="staff")
    identity.ensure_account(username="citizen", name="citizen", kind="citizen")
    identity.ensure_post(organisation="370100-spfw", title="窗口", roles=["errands"], holders=["window"])
    workflow.deploy("intranet", DRAWING)


@pytest.fixture
def sign_in(client, town):
    def sign_in(name):
        from django.contrib.auth import get_user_model

        client.force_login(get_user_model().objects.get(username=name))
        return client

    return sign_in


def errand(number):
    workflow.start(key="errand", subject=f"errand:{number}", title=f"差事 {number}", url=f"/errand/{number}/",
                   organisation=PLACE, actor=STARTER)  # fmt: skip


class TestHome:
    def test_greets_and_shows_what_waits(self, sign_in):
        errand(1)

        page = sign_in("window").get("/workbench/").content.decode()

        assert "差事 1" in page
        assert "/errand/1/" in page

    def test_says_what_would_be_here_when_nothing_waits(self, sign_in):
        assert "/workbench/tasks/" in sign_in("newcomer").get("/workbench/").content.decode()

    def test_is_for_staff_only(self, sign_in):
        response = sign_in("citizen").get("/workbench/")

        assert response.status_code == 403
        assert trail.entries(action="intranet.workbench.open").items[0].outcome == "pmi.forbidden"

    def test_asks_strangers_to_sign_in(self, client, town):
        assert client.get("/workbench/").status_code == 302


class TestTheList:
    def test_finds_by_words_and_by_system(self, sign_in):
        errand(1)
        errand(2)
        client = sign_in("window")

        found = client.get("/workbench/tasks/", {"q": "差事 2"}).content.decode()

        assert "/errand/2/" in found
        assert "/errand/1/" not in found
        assert "/errand/1/" not in client.get("/workbench/tasks/", {"app": "approvals"}).content.decode()

    def test_takes_as_many_queries_for_twenty_tasks_as_for_two(self, sign_in, django_assert_max_num_queries):
        client = sign_in("window")
        for number in range(2):
            errand(number)
        client.get("/workbench/tasks/")
        with CaptureQueriesContext(connection) as few:
            client.get("/workbench/tasks/")
        for number in range(2, 20):
            errand(number)

        with django_assert_max_num_queries(len(few.captured_queries)):
            shown = client.get("/workbench/tasks/").content.decode()

        assert "/errand/19/" in shown

    def test_ignores_a_filter_that_makes_no_sense(self, sign_in):
        assert sign_in("window").get("/workbench/tasks/", {"state": "x", "page": "-1"}).status_code == 200

    def test_takes_on_and_gives_back_marked_tasks(self, sign_in):
        errand(1)
        client = sign_in("window")
        (task,) = workflow.case("errand:1").tasks

        client.post("/workbench/tasks/claim/", {"task": [task.task_id], "wish": "claim"})
        taken = workflow.case("errand:1").tasks[0].assigned_to
        client.post("/workbench/tasks/claim/", {"task": [task.task_id], "wish": "release"})

        assert taken == "window"
        assert workflow.case("errand:1").tasks[0].assigned_to == ""

    def test_refuses_to_take_on_what_belongs_to_others_and_says_so(self, sign_in):
        errand(1)
        (task,) = workflow.case("errand:1").tasks

        answer = sign_in("newcomer").post(
            "/workbench/tasks/claim/", {"task": [task.task_id], "wish": "claim"}, follow=True
        )

        assert workflow.case("errand:1").tasks[0].assigned_to == ""
        assert "qc-alert--bad" in answer.content.decode()

    def test_does_not_lead_away_from_the_site(self, sign_in):
        answer = sign_in("window").post("/workbench/tasks/claim/", {"next": "https://evil.example/"})

        assert answer.url == "/workbench/tasks/"


class Item:
    def __init__(self, clock_state):
        self.clock_state = clock_state


class TestPressure:
    @given(st.lists(st.sampled_from(["", "normal", "near", "warning", "overdue"])))
    def test_counts_each_task_once_at_most(self, states):
        found = rules.pressure([Item(state) for state in states], total=len(states))

        assert found.soon + found.overdue <= found.waiting
        assert found.overdue == states.count("overdue")


class TestPartOfDay:
    @given(st.integers(0, 23))
    def test_knows_every_hour(self, hour):
        assert rules.part_of_day(hour) in {"morning", "noon", "afternoon", "evening"}

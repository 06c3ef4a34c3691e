"""The worklist over all apps."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from quancheng.security.pmi.public import Grant
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow import rules
from quancheng.support.workflow.models import Task
from quancheng.support.workflow.tests.drawings import line
from quancheng.support.workflow.tests.factories import CITY, FIRE, NOW, OFFICE, clerk, only_task, started


@pytest.mark.django_db
class TestWorklist:
    def test_holds_what_the_grants_cover_and_nothing_else(self):
        for subject, place in (("application:1", OFFICE), ("application:2", FIRE), ("application:3", "3701000/x/")):
            started(line("a"), subject=subject, organisation=place)

        def seen(actor):
            return {item.subject for item in workflow.worklist(actor).items}

        assert seen(clerk(OFFICE)) == {"application:1"}
        assert seen(clerk(CITY)) == {"application:1", "application:2"}
        assert seen(clerk("")) == {"application:1", "application:2", "application:3"}
        assert seen(clerk(CITY, privilege="demo.errand.read")) == set()
        assert seen(clerk()) == set()

    def test_is_three_statements_however_many_grants_there_are(self):
        started(line("a"))
        actor = clerk(OFFICE, FIRE, extra=tuple(Grant(f"demo.errand.other{n}", CITY) for n in range(20)))

        with CaptureQueriesContext(connection) as queries:
            page = workflow.worklist(actor, search="errand")

        assert len(queries) == 3
        assert page.total == 1

    def test_searches_open_tasks_by_index(self):
        with CaptureQueriesContext(connection) as queries:
            workflow.worklist(clerk(OFFICE, FIRE))
        if connection.vendor != "sqlite":
            pytest.skip("the plan is SQLite's")

        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {queries[-1]['sql']}")
            plan = " ".join(row[3] for row in cursor.fetchall())

        assert "workflow_offered_tasks" in plan
        assert "SCAN workflow_task" not in plan

    def test_puts_first_what_is_due_first(self):
        for number in range(3):
            started(line("a"), subject=f"application:{number}")
        for task, due_on in zip(Task.objects.order_by("pk"), (None, date(2026, 12, 2), date(2026, 12, 1)), strict=True):
            Task.objects.filter(pk=task.pk).update(due_on=due_on)

        page = workflow.worklist(clerk(OFFICE), today=date(2026, 12, 2))

        assert [item.subject for item in page.items] == ["application:2", "application:1", "application:0"]
        assert [item.clock_state for item in page.items] == ["overdue", "warning", ""]

    def test_counts_all_pages(self):
        for number in range(5):
            started(line("a"), subject=f"application:{number}")

        page = workflow.worklist(clerk(OFFICE), page=2, size=2)

        assert (len(page.items), page.total, page.pages) == (2, 5, 3)
        assert workflow.open_count(clerk(OFFICE)) == 5
        assert workflow.counts(clerk(OFFICE)) == {"demo": 5}

    def test_shows_what_one_has_done_latest_first(self):
        started(line("a", "b"))
        for hours in (1, 2):
            task_id = only_task(clerk(OFFICE)).task_id
            workflow.complete(actor=clerk(OFFICE), task_id=task_id, at=NOW + timedelta(hours=hours))

        assert [item.step for item in workflow.worklist(clerk(OFFICE), state="done").items] == ["b", "a"]
        assert workflow.worklist(clerk(OFFICE, identity="s2"), state="done").items == ()


class TestRules:
    @given(attempts=st.integers(1, 100))
    def test_pauses_grow_up_to_the_longest(self, attempts):
        pauses = [rules.pause(number, first=5, longest=3600) for number in (attempts, attempts + 1)]

        assert pauses[0] <= pauses[1] <= 3600

    @pytest.mark.parametrize(
        ("days", "state"), [(-1, "overdue"), (0, "warning"), (1, "warning"), (2, "near"), (3, "near"), (4, "normal")]
    )
    def test_a_task_becomes_urgent_as_its_day_comes(self, days, state):
        today = date(2026, 11, 23)

        assert rules.clock_state(today + timedelta(days=days), today=today) == state

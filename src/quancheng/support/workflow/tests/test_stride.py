"""The common step in one look and one write: what happened in between is seen, and then nothing is written."""

import sys

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow import queries
from quancheng.support.workflow.engine import stride
from quancheng.support.workflow.engine.moves import signing
from quancheng.support.workflow.models import Case, CaseEvent, Job, Passage, Task, Token
from quancheng.support.workflow.tests.drawings import TIMER, from_blocks, line
from quancheng.support.workflow.tests.factories import CITY, NOW, OFFICE, clerk, started
from quancheng.support.workflow.tests.running import framed

pytestmark = pytest.mark.django_db


def looked():
    task = Task.objects.filter(state__in=("OPEN", "CLAIMED")).earliest("pk")
    return stride.look(task.pk)


def taken(seen, **variables):
    with transaction.atomic():
        return stride.take(*seen, signing.act_of(clerk(OFFICE), variables, "ok", ("", "")), at=NOW)


def everything():
    models = (Case, Task, Token, Passage, CaseEvent, Job)
    return [list(model.objects.order_by("pk").values()) for model in models]


class TestOneWrite:
    def test_stores_all_that_belongs_to_a_step(self):
        started(from_blocks(("seq", ("task",), ("and", ("task",), ("task",)))), note="x")

        brief = taken(looked(), money=3)

        assert len(brief.opened) == 2
        assert Case.objects.get().variables == {"note": "x", "money": 3}
        assert sorted(Token.objects.values_list("number", flat=True)) == [2, 3]
        assert Task.objects.filter(state="DONE", outcome="ok").count() == 1
        assert list(CaseEvent.objects.order_by("pk").values_list("kind", flat=True)[2:]) == ["DONE", "OPENED", "OPENED"]
        assert Passage.objects.filter(task__isnull=False).count() == 1

    def test_ends_a_case(self):
        started(line("a"))

        assert taken(looked()).status == "COMPLETED"
        assert CaseEvent.objects.latest("pk").kind == "COMPLETED"
        assert Case.objects.get().ended_at == NOW

    def test_opens_a_service_task(self):
        drawing = framed()
        drawing.task("a")
        drawing.service("s")
        started(drawing.path("start", "a", "s", "end").xml())

        assert taken(looked()).opened == ()
        assert Job.objects.get().handler == "workflow.test"


class TestWhatHappenedInBetween:
    @pytest.fixture(autouse=True)
    def _seen(self):
        started(line("a", "b"))
        self.seen = looked()

    def refused(self):
        """Return whether the step was refused and nothing at all was changed by the attempt."""
        before = everything()
        return taken(self.seen) is None and everything() == before

    def test_the_task_was_taken_on(self):
        Task.objects.update(state="CLAIMED", assignee="s9", assignee_name="Clerk s9")

        assert self.refused()

    def test_signatures_were_asked_for(self):
        Task.objects.update(special=True)

        assert self.refused()

    def test_the_task_was_done(self):
        workflow.complete(actor=clerk(OFFICE), task_id=Task.objects.get().pk)

        assert self.refused()

    def test_the_case_moved(self):
        Case.objects.update(version=7)

        assert self.refused()


class TestWhatIsNotPlain:
    def test_goes_the_longer_way_with_the_same_end(self):
        drawing = framed()
        drawing.task("a")
        drawing.edge("edge", "a", TIMER.format("P3D"))
        started(drawing.path("start", "a", "end").path("edge", "end").xml())

        assert taken(looked()) is None
        assert workflow.complete(actor=clerk(OFFICE), task_id=Task.objects.get().pk).status == "COMPLETED"

    def test_what_is_refused_leaves_the_callers_transaction_whole(self):
        drawing = framed()
        drawing.task("a")
        drawing.add("exclusiveGateway", "g")
        drawing.flow("g", "end", "x = 1")
        started(drawing.path("start", "a", "g").xml(), x=2)

        with transaction.atomic():
            with pytest.raises(workflow.NoWayOut):
                workflow.complete(actor=clerk(OFFICE), task_id=Task.objects.get().pk)
            assert Task.objects.get().state == "OPEN"


def _of_office(**_wishes):
    return pmi.Target(organisation=OFFICE, subjects=("application:1",))


@pmi.action("probe.errand.run", scope=_of_office)
def run_errand(*, actor, task_id):
    workflow.complete(actor=actor, task_id=task_id)


class TestAsAnAction:
    def test_asks_nothing_twice_and_has_its_entry(self):
        started(line("a", "b", "c").replace("demo.errand.run", "probe.errand.run"))
        tasks, runner = [], clerk(OFFICE, extra=(pmi.Grant("probe.errand.run", OFFICE),))
        with pmi.delivery():
            for _step in range(2):
                with CaptureQueriesContext(connection) as captured:
                    run_errand(actor=runner, task_id=Task.objects.get(state="OPEN").pk)
                tasks.append([one["sql"] for one in captured])

        separation = [sql for sql in tasks[1] if "pmi_recusal" in sql]
        assert len(separation) == 1
        # Savepoint of the delivery, separation, look, write, entry; on SQLite the write is seven statements.
        most = 9 if connection.vendor == "postgresql" else 16
        assert len(tasks[0]) == len(tasks[1]) <= most
        assert trail.entries(action="probe.errand.run", outcome="done").total == 2


class TestPages:
    def test_take_the_same_statements_however_many_cases_there_are(self):
        reader = clerk(CITY, extra=(pmi.Grant("workflow.case.read", CITY),))
        asked = []
        for number in (1, 30):
            for place in range(number):
                started(line("a", "b"), subject=f"x:{number}:{place}")
            workflow.complete(actor=clerk(OFFICE), task_id=Task.objects.filter(state="OPEN").latest("pk").pk)
            with CaptureQueriesContext(connection) as captured:
                for state in ("open", "claimed", "done"):
                    queries.worklist(reader, state=state)
                queries.open_count(reader)
                queries.cases_page(reader)
                queries.case(f"x:{number}:0")
            asked.append(len(captured))

        assert asked[0] == asked[1]

    def test_count_no_further_than_anybody_pages(self, monkeypatch):
        monkeypatch.setattr(sys.modules[queries.worklist.__module__], "MOST_COUNTED", 2)
        for place in range(3):
            started(line("a"), subject=f"x:{place}")

        page = queries.worklist(clerk(CITY))

        assert (page.total, page.more, page.counted, len(page.items)) == (2, True, "2+", 3)
        assert queries.open_count(clerk(CITY)) == 2

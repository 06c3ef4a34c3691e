"""Cases as rows: what completing, claiming, messages and calling off do, and who may."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow import queries
from quancheng.support.workflow.engine import semantics, store
from quancheng.support.workflow.models import Case, CaseEvent, Definition, Task, Timer, Token
from quancheng.support.workflow.queries import cases
from quancheng.support.workflow.tests.drawings import MESSAGE, TIMER, Drawing, from_blocks, line
from quancheng.support.workflow.tests.factories import CITY, FIRE, NOW, OFFICE, clerk, office, only_task, started

pytestmark = pytest.mark.django_db


class TestDeploy:
    def test_keeps_the_version_of_an_unchanged_drawing(self):
        one, two = line("a"), line("a", "b")

        versions = [workflow.deploy("demo", xml).version for xml in (one, one, two, two)]

        assert versions == [1, 1, 2, 2]

    def test_leaves_running_cases_on_the_version_they_began_on(self):
        started(line("a"))
        workflow.deploy("demo", line("a", "b"))

        done = workflow.complete(actor=clerk(CITY), task_id=only_task(clerk(CITY)).task_id)

        assert done.status == "COMPLETED"

    def test_accepts_for_viewing_what_does_not_call_itself_executable(self):
        drawing = Drawing(executable=False)
        drawing.add("inclusiveGateway", "odd")

        deployed = workflow.deploy("demo", drawing.xml())

        assert deployed.viewing_only
        with pytest.raises(workflow.NoSuchProcess):
            started(drawing.xml())


class TestStart:
    def test_opens_the_first_task_where_the_case_belongs(self):
        started(line("a"), organisation=FIRE)

        task = Task.objects.get()

        assert (task.name, task.organisation, task.privilege) == ("a", FIRE, "demo.errand.run")

    def test_asks_the_drawing_where_a_task_belongs_and_when_it_is_due(self):
        started(line("a", organisation="=places.fire", days="=limit"), places={"fire": FIRE}, limit=5)

        task = Task.objects.get()

        assert task.organisation == FIRE
        assert task.due_on > NOW.date() + timedelta(days=4)

    def test_refuses_a_place_that_is_none(self):
        with pytest.raises(workflow.BadExpression):
            started(line("a", organisation="=nowhere"))

    def test_refuses_a_second_running_case_about_the_same_subject(self):
        started(line("a"))

        with pytest.raises(workflow.CaseRunsAlready):
            started(line("a"))


class TestComplete:
    def test_moves_the_case_on(self):
        started(line("a", "b"))

        workflow.complete(actor=clerk(OFFICE), task_id=only_task(clerk(OFFICE)).task_id, variables={"ok": True})

        assert only_task(clerk(OFFICE)).step == "b"
        assert workflow.case("application:1").variables == {"ok": True}

    def test_needs_the_privilege_of_the_task_at_its_organisation(self):
        started(line("a"))
        task_id = Task.objects.get().pk

        for stranger in (clerk(FIRE), clerk(OFFICE, privilege="demo.errand.read"), clerk()):
            with pytest.raises(pmi.Forbidden):
                workflow.complete(actor=stranger, task_id=task_id)

        assert Task.objects.get().state == "OPEN"

    def test_refuses_the_second_of_two_completions(self):
        started(line("a", "b"))
        task_id = Task.objects.get().pk
        workflow.complete(actor=clerk(OFFICE), task_id=task_id)

        with pytest.raises(workflow.TaskAlreadyDone):
            workflow.complete(actor=clerk(OFFICE), task_id=task_id)

        assert Token.objects.count() == 1

    def test_refuses_to_overwrite_a_case_that_moved_since_it_was_read(self):
        started(line("a"))
        stale = Case.objects.get()
        Case.objects.update(version=stale.version + 1)
        step = semantics.advance(store.definition(stale.digest), store.state(stale), semantics.Cancel())

        with pytest.raises(workflow.CaseMovedOn):
            store.save(stale, step, at=NOW)

    def test_leaves_everything_as_it_was_when_no_branch_applies(self):
        drawing = Drawing()
        drawing.add("startEvent", "start")
        drawing.add("endEvent", "end")
        drawing.task("a")
        drawing.task("b")
        drawing.add("exclusiveGateway", "g")
        drawing.path("start", "a", "g").path("b", "end")
        drawing.flow("g", "b", "x = 1")
        drawing.flow("g", "end", "x = 2")
        started(drawing.xml())
        task_id = Task.objects.get().pk

        with pytest.raises(workflow.NoWayOut):
            workflow.complete(actor=clerk(OFFICE), task_id=task_id, variables={"x": 3})

        assert Task.objects.get().state == "OPEN"
        assert Case.objects.get().variables == {}

    def test_of_the_last_task_ends_the_case(self):
        started(line("a"))

        workflow.complete(actor=clerk(OFFICE), task_id=Task.objects.get().pk, at=NOW)

        case = Case.objects.get()
        assert (case.status, case.ended_at) == ("COMPLETED", NOW)
        assert not Token.objects.exists()

    def test_takes_eleven_statements_at_most(self):
        started(line("a", "b"))
        actor, task_id = clerk(OFFICE), Task.objects.get().pk

        with CaptureQueriesContext(connection) as queries:
            workflow.complete(actor=actor, task_id=task_id)

        statements = [query for query in queries if "SAVEPOINT" not in query["sql"]]
        assert len(statements) <= 11


class TestBoundaryTimers:
    def test_are_called_off_when_the_task_is_done(self):
        drawing = Drawing()
        drawing.add("startEvent", "start")
        drawing.add("endEvent", "end")
        drawing.task("a")
        drawing.add("boundaryEvent", "edge", inner=TIMER.format("P2D"), attachedToRef="a")
        drawing.path("start", "a", "end").path("edge", "end")
        started(drawing.xml())
        assert Timer.objects.get().due_at == NOW + timedelta(days=2)

        workflow.complete(actor=clerk(OFFICE), task_id=Task.objects.get().pk)

        assert Timer.objects.get().state == "CANCELLED"


class TestCorrelate:
    def drawing(self):
        drawing = Drawing(messages=("withdrawn",))
        drawing.add("startEvent", "start")
        drawing.add("endEvent", "end")
        drawing.task("a")
        drawing.add("boundaryEvent", "edge", inner=MESSAGE.format("withdrawn"), attachedToRef="a", name="Withdrawn")
        return drawing.path("start", "a", "end").path("edge", "end").xml()

    def test_gives_the_message_to_the_case_about_the_subject(self):
        started(self.drawing())

        done = workflow.correlate(message="withdrawn", subject="application:1", variables={"why": "moved"})

        assert done.status == "COMPLETED"
        assert Task.objects.get().state == "CANCELLED"
        assert CaseEvent.objects.get(kind="MESSAGE").name == "Withdrawn"

    def test_is_refused_when_nobody_waits(self):
        started(self.drawing())

        with pytest.raises(workflow.NotWaiting):
            workflow.correlate(message="other", subject="application:1")
        with pytest.raises(workflow.NoRunningCase):
            workflow.correlate(message="withdrawn", subject="application:2")


class TestCancel:
    def test_withdraws_open_work_and_says_who_and_why(self):
        started(line("a"))

        workflow.cancel(subject="application:1", actor=clerk(CITY), reason="duplicate")

        assert Task.objects.get().state == "CANCELLED"
        last = workflow.case("application:1").events[0]
        assert (last.kind, last.who, last.text) == ("CANCELLED", "Clerk s1", "duplicate")

    def test_lets_a_new_case_begin(self):
        started(line("a"))
        workflow.cancel(subject="application:1", actor=clerk(CITY))

        assert started(line("a")).status == "RUNNING"


class TestCaseView:
    def test_tells_where_the_case_is_and_what_is_behind_it(self):
        started(from_blocks(("seq", ("task",), ("and", ("task",), ("task",)))))
        workflow.complete(actor=clerk(OFFICE), task_id=Task.objects.get().pk, comment="fine")

        view = workflow.case("application:1")

        assert len(view.active_elements) == 2
        assert {"start", "t2"} <= set(view.done_elements)
        assert not set(view.active_elements) & set(view.done_elements)
        assert [event.kind for event in view.events] == ["OPENED", "OPENED", "DONE", "OPENED", "STARTED"]
        assert [task.state for task in view.tasks] == ["DONE", "OPEN", "OPEN"]
        assert Definition.objects.get(pk=view.definition_id).xml == view.definition_xml


@pytest.mark.django_db(transaction=True)
class TestCasesPage:
    READER = clerk(CITY, privilege="workflow.case.read")

    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("Errand application:12", {"application:12"}),
            ("ERRAND APP", {"application:12", "application:34"}),
            ("n:1", {"application:12"}),
            ("34", {"application:34"}),
            ("4", {"application:34"}),
            ("0%", {"100%"}),
            ("_", set()),
            ("errand 34", set()),
            ("2\nappl", set()),
        ],
    )
    def test_finds_what_stands_in_title_or_subject_whole(self, search, found):
        for subject in ("application:12", "application:34", "100%"):
            started(line("a"), subject=subject)

        page = queries.cases_page(self.READER, search=search)

        assert {item.title.removeprefix("Errand ") for item in page.items} == found
        assert page.total == len(found)

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="the index of pairs is PostgreSQL's")
    def test_finds_by_an_index_on_postgresql(self):
        started(line("a"))

        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")

        assert "workflow_case_pairs" in Case.objects.filter(cases.containing("营业执照")).explain()


class TestClaim:
    @pytest.fixture(autouse=True)
    def _running(self):
        started(line("a"))
        self.task_id = Task.objects.get().pk

    def test_keeps_colleagues_off(self):
        one, other = clerk(OFFICE), clerk(OFFICE, identity="s2")
        workflow.claim(actor=one, task_id=self.task_id)

        assert workflow.worklist(other).items == ()
        assert only_task(one).mine
        with pytest.raises(workflow.TaskClaimedByAnother):
            workflow.claim(actor=other, task_id=self.task_id)
        with pytest.raises(workflow.TaskClaimedByAnother):
            workflow.complete(actor=other, task_id=self.task_id)

    def test_needs_the_privilege_of_the_task(self):
        with pytest.raises(pmi.Forbidden):
            workflow.claim(actor=clerk(FIRE), task_id=self.task_id)

    def test_ends_with_the_release(self):
        one, other = clerk(OFFICE), clerk(OFFICE, identity="s2")
        workflow.claim(actor=one, task_id=self.task_id)

        with pytest.raises(workflow.NotYours):
            workflow.release(actor=other, task_id=self.task_id)
        workflow.release(actor=one, task_id=self.task_id)

        assert only_task(other).assigned_to == ""

    def test_passes_to_the_colleague_it_is_handed_to(self):
        one, other = office("one", "other")

        workflow.transfer(actor=one, task_id=self.task_id, to_id=other.id)

        assert workflow.worklist(one).items == ()
        assert only_task(other).assigned_to == "other"

    def test_is_too_late_after_the_completion(self):
        workflow.complete(actor=clerk(OFFICE), task_id=self.task_id)

        with pytest.raises(workflow.TaskAlreadyDone):
            workflow.claim(actor=clerk(OFFICE), task_id=self.task_id)

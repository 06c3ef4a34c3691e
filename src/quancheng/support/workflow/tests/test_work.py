"""Service tasks and timers: once in effect, whatever happens to the worker."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.config import config
from quancheng.support.workflow.engine import handlers, work
from quancheng.support.workflow.models import Case, CaseEvent, Job, Task, Timer
from quancheng.support.workflow.tests.drawings import DATE, TIMER, Drawing
from quancheng.support.workflow.tests.factories import CITY, NOW, OFFICE, clerk, started

pytestmark = pytest.mark.django_db


@pytest.fixture
def calls(monkeypatch):
    """Record what the handler `workflow.test` is asked; the list `outcomes` says what it does each time."""
    seen, outcomes = [], []

    def handler(case):
        seen.append(case)
        outcome = outcomes.pop(0) if outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setitem(handlers._handlers, "workflow.test", handler)
    handler.seen, handler.outcomes = seen, outcomes
    return handler


def serving():
    drawing = Drawing()
    drawing.add("startEvent", "start")
    drawing.add("endEvent", "end")
    drawing.service("issue")
    drawing.task("after")
    return drawing.path("start", "issue", "after", "end").xml()


class TestServiceTask:
    def test_is_run_by_the_worker_and_its_result_becomes_variables(self, calls):
        started(serving(), number=1)
        calls.outcomes.append({"licence": "L-1"})

        assert workflow.run_due(at=NOW) == 1

        assert calls.seen[0].variables == {"number": 1}
        assert Case.objects.get().variables == {"number": 1, "licence": "L-1"}
        assert Task.objects.get().name == "after"

    def test_runs_once(self, calls):
        started(serving())
        workflow.run_due(at=NOW)

        assert workflow.run_due(at=NOW + timedelta(days=1)) == 0
        assert len(calls.seen) == 1

    def test_is_tried_again_later_after_a_failure(self, calls):
        started(serving())
        calls.outcomes.append(ValueError("printer on fire"))
        workflow.run_due(at=NOW)

        job = Job.objects.get()
        assert (job.state, job.attempts) == ("WAITING", 1)
        assert "printer on fire" in job.last_error
        assert work.run_due(at=NOW) == 0

        work.run_due(at=job.next_try_at)

        assert Job.objects.get().state == "DONE"
        assert Task.objects.get().name == "after"

    def test_leaves_no_half_effect_when_it_fails(self, calls):
        started(serving())
        case = Case.objects.get()

        def half(context):
            Case.objects.filter(pk=context.case_id).update(title="changed")
            raise ValueError

        handlers._handlers["workflow.test"] = half
        work.run_due(at=NOW)

        case.refresh_from_db()
        assert case.title != "changed"

    def test_is_marked_stuck_and_shown_after_the_last_attempt(self, calls):
        started(serving())
        calls.outcomes.extend(ValueError("no") for _ in range(config.attempts))
        at = NOW
        for _attempt in range(config.attempts):
            work.run_due(at=at)
            at = max(at, Job.objects.get().next_try_at)

        view = workflow.case("application:1")
        assert view.troubles[0].stuck
        assert view.events[0].kind == "STUCK"
        assert work.run_due(at=at + timedelta(days=1)) == 0

    def test_is_tried_again_when_the_worker_died_in_the_middle(self, calls, monkeypatch):
        started(serving())

        class Killed(BaseException):
            pass

        def dies(_context):
            raise Killed

        monkeypatch.setitem(handlers._handlers, "workflow.test", dies)
        with pytest.raises(Killed):
            work.run_due(at=NOW)
        assert Job.objects.get().attempts == 1
        monkeypatch.setitem(handlers._handlers, "workflow.test", calls)

        work.run_due(at=NOW + timedelta(seconds=config.lease_seconds))

        assert len(calls.seen) == 1
        assert Job.objects.get().state == "DONE"

    def test_leaves_no_effect_when_another_attempt_has_taken_over(self, calls):
        started(serving())
        job = Job.objects.get()
        Job.objects.update(attempts=3)

        assert work._attempt(job, at=NOW) == 0
        assert calls.seen == []

    def test_says_so_when_no_app_has_its_handler(self):
        started(serving())

        work.run_due(at=NOW)

        assert "NoHandler" in Job.objects.get().last_error

    def test_is_called_off_with_the_case(self, calls):
        started(serving())
        workflow.cancel(subject="application:1", actor=clerk(CITY))

        assert workflow.run_due(at=NOW) == 0

    def test_is_tried_again_at_once_when_an_administrator_says_so(self, calls):
        started(serving())
        Job.objects.update(state="STUCK", attempts=8, last_error="no")

        Job.objects.update(state="WAITING", attempts=0)

        assert workflow.run_due(at=NOW) == 1


def waiting(inner):
    drawing = Drawing()
    drawing.add("startEvent", "start")
    drawing.add("endEvent", "end")
    drawing.add("intermediateCatchEvent", "wait", inner=inner, name="Objection period")
    return drawing.path("start", "wait", "end").xml()


class TestTimer:
    def test_goes_off_when_it_is_due_and_not_before(self):
        started(waiting(TIMER.format("PT2H")))

        assert work.run_due(at=NOW + timedelta(minutes=119)) == 0
        assert work.run_due(at=NOW + timedelta(minutes=120)) == 1

        assert Case.objects.get().status == "COMPLETED"
        assert Timer.objects.get().state == "DONE"
        assert CaseEvent.objects.get(kind="TIMER").name == "Objection period"

    @pytest.mark.parametrize(
        ("inner", "expected"),
        [
            (TIMER.format('=duration("P10D")'), NOW + timedelta(days=10)),
            (TIMER.format("P1M"), NOW.replace(month=12)),
            (TIMER.format("=pause"), NOW + timedelta(hours=3)),
            (DATE.format("2027-01-01T00:00:00Z"), NOW.replace(year=2027, month=1, day=1, hour=0)),
            (DATE.format("2027-01-01"), datetime(2026, 12, 31, 16, 0, tzinfo=UTC)),
            (DATE.format("2027-01-01T09:00:00"), datetime(2027, 1, 1, 1, 0, tzinfo=UTC)),
            (DATE.format("=until"), NOW.replace(year=2027, month=2, day=1, hour=0)),
        ],
    )
    def test_is_set_by_duration_date_or_expression(self, inner, expected):
        started(waiting(inner), pause="PT3H", until="2027-02-01T00:00:00Z")

        assert Timer.objects.get().due_at == expected

    def test_on_the_boundary_offers_another_way(self):
        drawing = Drawing()
        drawing.add("startEvent", "start")
        drawing.add("endEvent", "end")
        drawing.task("work")
        drawing.task("escalated")
        drawing.add("boundaryEvent", "edge", inner=TIMER.format("P5D"), attachedToRef="work", cancelActivity="false")
        drawing.add("endEvent", "stop")
        started(drawing.path("start", "work", "end").path("edge", "escalated", "stop").xml())

        workflow.run_due(at=NOW + timedelta(days=5))

        assert {item.step for item in workflow.worklist(clerk(OFFICE)).items} == {"work", "escalated"}
        assert transaction.get_connection().in_atomic_block


class TestRedating:
    def test_sets_timers_with_a_date_by_the_new_variables_and_leaves_durations(self):
        drawing = Drawing()
        drawing.add("startEvent", "start")
        drawing.add("endEvent", "end")
        drawing.add("parallelGateway", "fork")
        drawing.add("intermediateCatchEvent", "dated", inner=DATE.format("=until"))
        drawing.add("intermediateCatchEvent", "lasting", inner=TIMER.format("P3D"))
        drawing.add("parallelGateway", "join")
        drawing.path("start", "fork", "dated", "join", "end").path("fork", "lasting", "join")
        started(drawing.xml(), until="2027-01-01T00:00:00Z")

        assert workflow.redate(subject="application:1", variables={"until": "2027-01-05T00:00:00Z"}) == 1
        assert workflow.redate(subject="application:1", variables={"until": "2027-01-05T00:00:00Z"}) == 0

        due = dict(Timer.objects.values_list("element_id", "due_at"))
        assert due == {"dated": datetime(2027, 1, 5, tzinfo=UTC), "lasting": NOW + timedelta(days=3)}
        assert Case.objects.get().variables["until"] == "2027-01-05T00:00:00Z"

    def test_of_a_matter_without_a_running_case_does_nothing(self):
        assert workflow.redate(subject="application:none", variables={"until": "x"}) == 0

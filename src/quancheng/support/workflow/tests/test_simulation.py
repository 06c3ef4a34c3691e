"""A version of a drawing, tried on finished cases: which way each would have gone, and how long it would have taken."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow import queries
from quancheng.support.workflow.models import Case, Definition, Task
from quancheng.support.workflow.tests.drawings import DATE, TIMER, Drawing, line
from quancheng.support.workflow.tests.factories import CITY, FIRE, NOW, OFFICE, clerk, started
from quancheng.support.workflow.tests.running import framed
from quancheng.support.workflow.tests.test_versions_web import ask
from quancheng.support.workflow.web import simulation

pytestmark = pytest.mark.django_db

READER = clerk(CITY, privilege="workflow.case.simulate", extra=(pmi.Grant("workflow.case.read", CITY),))


def finished(xml, *hours, number=1, organisation=OFFICE, **variables):
    """Run a case to its end; each step is done so many hours after it was opened."""
    case = started(xml, subject=f"x:{number}", organisation=organisation, **variables)
    at = NOW
    for length in hours:
        at += timedelta(hours=length)
        task = Task.objects.filter(case=case.id, state="OPEN").earliest("pk")
        workflow.complete(actor=clerk(CITY), task_id=task.pk, at=at)
    assert Case.objects.get(pk=case.id).status == "COMPLETED"


def tried(xml, actor=READER, **wishes):
    version = workflow.deploy("demo", xml)
    with pmi.delivery():
        return queries.simulation(actor=actor, definition_id=version.id, **wishes)


def choice(limit, *, key="errand"):
    """A drawing where what costs more than `limit` is examined too."""
    drawing = Drawing(key=key)
    drawing.add("startEvent", "start")
    drawing.add("exclusiveGateway", "g", default="g-sign")
    for name in ("examine", "sign"):
        drawing.task(name)
    drawing.add("exclusiveGateway", "join")
    drawing.add("endEvent", "end", name="done")
    drawing.path("start", "g")
    drawing.flow("g", "examine", f"cost > {limit}")
    drawing.flow("g", "join", identity="g-sign")
    return drawing.path("examine", "join", "sign", "end").xml()


class TestSimulation:
    def test_the_same_drawing_leads_the_same_way_in_the_same_time(self):
        finished(choice(10), 5, 3, cost=20)
        finished(choice(10), 4, number=2, cost=5)

        found = tried(choice(10))

        assert (found.different, found.unlike, found.stopped, found.missed) == (0, 0, 0, 0)
        assert sorted(trial.would for trial in found.trials) == [timedelta(hours=4), timedelta(hours=8)]

    def test_another_limit_sends_cases_another_way_by_their_own_variables(self):
        finished(choice(10), 5, 3, cost=20)
        finished(choice(10), 4, number=2, cost=5)

        second, first = tried(choice(30)).trials

        assert (first.skipped, first.added, first.would) == (("examine",), (), timedelta(hours=3))
        assert first.differs
        assert not second.differs

    def test_what_runs_side_by_side_takes_as_long_as_the_slower_one(self):
        finished(line("a", "b"), 5, 3)
        drawing = framed()
        for name in ("split", "join"):
            drawing.add("parallelGateway", name)
        for name in ("a", "b"):
            drawing.task(name)
            drawing.path("split", name, "join")

        (trial,) = tried(drawing.path("start", "split").path("join", "end").xml()).trials

        assert (trial.lasted, trial.would, trial.differs) == (timedelta(hours=8), timedelta(hours=5), False)

    def test_a_new_step_takes_what_it_takes_others_or_is_named_as_unknown(self):
        finished(choice(10), 6, 1, number=1, cost=20)
        finished(choice(10), 2, number=2, cost=5)

        second, _first = (found := tried(choice(1))).trials
        assert (second.added, second.would) == (("examine",), timedelta(hours=8))
        assert not found.unknown

        assert tried(line("sign", "new")).unknown == ("new",)

    def test_deadlines_that_would_have_been_missed_are_named(self):
        finished(line("a"), 24 * 20)

        (trial,) = tried(line("a", days="=2")).trials

        assert (trial.missed, trial.missed_then) == (("a",), ())

    def test_deadlines_by_legal_periods_are_counted_by_the_calendar(self):
        finished(line("a"), 24 * 40)

        (trial,) = tried(line("a", days="rule:CN-AL-44-issue")).trials

        assert (trial.missed, trial.stopped, trial.differs) == (("a",), "", False)

    def test_a_timer_of_the_drawing_goes_off_when_the_step_took_longer(self):
        finished(line("a"), 10)
        drawing = framed()
        drawing.task("a")
        drawing.task("late")
        drawing.edge("edge", "a", TIMER.format("PT4H"))
        drawing.path("start", "a", "end").path("edge", "late", "end")

        (trial,) = tried(drawing.xml()).trials

        assert (trial.added, trial.skipped, trial.would) == (("late",), ("a",), timedelta(hours=4))

    def test_a_case_that_cannot_go_on_is_told_with_why(self):
        finished(line("a"), 1)
        drawing = framed()
        drawing.task("a")
        drawing.edge("edge", "a", DATE.format("=nowhere"))
        drawing.path("start", "a", "end").path("edge", "end")

        found = tried(drawing.xml())

        assert found.stopped == 1
        assert found.trials[0].stopped

    def test_cases_of_other_places_are_left_out(self):
        finished(line("a"), 1)
        finished(line("a"), 1, number=2, organisation=FIRE)
        reader = clerk(CITY, privilege="workflow.case.simulate", extra=(pmi.Grant("workflow.case.read", FIRE),))

        assert [trial.title for trial in tried(line("a"), reader).trials] == ["Errand x:2"]

    def test_asks_the_same_number_of_times_for_any_number_of_cases_and_says_when_there_are_more(self):
        asked = []
        for number in (1, 2, 3):
            finished(line("a", "b"), 1, 1, number=number)
            tried(line("a"))
            with CaptureQueriesContext(connection) as captured:
                found = tried(line("a"), most=2)
            asked.append(len(captured))

        assert len(set(asked)) == 1
        assert (len(found.trials), found.more) == (2, True)

    def test_the_look_is_entered_in_the_trail_and_needs_its_privilege(self):
        finished(line("a"), 1)
        tried(line("a"))

        assert trail.entries(subject="process:errand", action="workflow.case.simulate").total == 1
        with pytest.raises(pmi.Forbidden):
            tried(line("a"), clerk(CITY))


class TestPage:
    def test_says_what_it_does_before_it_does_it(self):
        finished(line("a"), 1)
        definition = Definition.objects.get(key="errand")

        answer = ask(simulation.Simulate, READER, definition_id=definition.pk)

        assert "300" in answer.content.decode()
        assert not trail.entries(subject="process:errand", action="workflow.case.simulate").total

    def test_shows_each_case_and_gives_a_table(self):
        finished(choice(10), 5, 3, cost=20)
        definition = workflow.deploy("demo", choice(30))

        page = ask(simulation.Simulate, READER, query={"most": "50"}, definition_id=definition.id).content.decode()
        wish = {"most": "50", "format": "csv"}
        table = ask(simulation.Simulate, READER, query=wish, definition_id=definition.id).content.decode()

        assert "Errand x:1" in page
        assert "examine" in page
        assert len(table.splitlines()) == 2
        assert "examine" in table

    def test_asks_as_often_however_many_cases_it_shows(self):
        asked = []
        for number in (1, 2, 3):
            finished(line("a"), 1, number=number)
            wish = {"query": {"most": "9"}, "definition_id": Definition.objects.get(key="errand").pk}
            ask(simulation.Simulate, READER, **wish)
            with CaptureQueriesContext(connection) as captured:
                page = ask(simulation.Simulate, READER, **wish).content.decode()
            asked.append((len(captured), page.count("Errand x:")))

        assert [number for _count, number in asked] == [1, 2, 3]
        assert len({count for count, _number in asked}) == 1

    @pytest.mark.parametrize("title", ["=1+1", " =1+1", "＝1+1"])
    def test_a_title_that_begins_like_a_formula_is_none_in_the_table(self, title):
        finished(line("a"), 1)
        Case.objects.update(title=title)
        wish = {"most": "1", "format": "csv"}
        number = Definition.objects.get(key="errand").pk

        table = ask(simulation.Simulate, READER, query=wish, definition_id=number).content.decode()

        assert f"'{title}" in table

    @pytest.mark.parametrize("most", ["x", "-1", "99999999", "0", ""])
    def test_a_number_that_is_none_begins_anew(self, most):
        finished(line("a"), 1)

        answer = ask(
            simulation.Simulate, READER, query={"most": most}, definition_id=Definition.objects.get(key="errand").pk
        )

        assert answer.status_code == 200

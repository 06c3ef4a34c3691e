"""The pages about versions: durations on the drawing, and taking running cases over."""

import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow import queries
from quancheng.support.workflow.models import Case, Definition, Task
from quancheng.support.workflow.queries.durations import spoken
from quancheng.support.workflow.tests.drawings import line
from quancheng.support.workflow.tests.factories import CITY, FIRE, NOW, OFFICE, clerk, started
from quancheng.support.workflow.web import versions, views

pytestmark = pytest.mark.django_db
durations = sys.modules[queries.durations.__module__]

RIGHTS = tuple(pmi.Grant(f"workflow.{name}", CITY) for name in ("definition.read", "case.read"))
MOVER = clerk(CITY, privilege="workflow.case.migrate", extra=RIGHTS)


def ask(view, actor=MOVER, *, data=None, query=None, **parts):
    factory = RequestFactory()
    request = factory.post("/", data) if data is not None else factory.get("/", query or {})
    request.actor, request.session = actor, {}
    with pmi.delivery():
        return view.as_view()(request, **parts)


def done_after(hours, number):
    started(line("a", "b"), subject=f"x:{number}", at=NOW)
    task = Task.objects.get(case__subject=f"x:{number}", state="OPEN")
    workflow.complete(actor=clerk(OFFICE), task_id=task.pk, at=NOW + timedelta(hours=hours))


class TestDurations:
    def steps(self, actor=MOVER):
        return queries.durations(actor, key="errand", definition_id=Definition.objects.get(key="errand").pk)

    def test_are_the_median_and_what_nine_of_ten_keep_within(self):
        for number in range(1, 11):
            done_after(number, number)

        (step,) = self.steps()

        assert (step.element, step.count) == ("a", 10)
        assert (step.median, step.most) == (timedelta(hours=5), timedelta(hours=9))
        assert step.level == 5

    def test_are_read_in_the_same_statements_for_any_number_of_cases(self):
        counts = []
        for number in (1, 2, 3):
            done_after(number, number)
            with CaptureQueriesContext(connection) as captured:
                self.steps()
            counts.append(len(captured))

        assert counts[1] == counts[2]

    def test_count_only_the_cases_that_the_reader_may_read(self):
        done_after(1, 1)

        assert self.steps(clerk(FIRE, privilege="workflow.case.read")) == ()

    def test_are_of_the_cases_that_ended_last_before_any_that_still_run(self, monkeypatch):
        monkeypatch.setattr(durations, "MOST_TIMED", 2)
        for number, hours in ((1, 9), (2, 1), (3, 3)):
            done_after(hours, number)
            ending = Task.objects.get(case__subject=f"x:{number}", state="OPEN")
            workflow.complete(actor=clerk(OFFICE), task_id=ending.pk, at=NOW + timedelta(hours=10 * number))
        done_after(20, 4)

        found = {step.element: (step.count, step.most) for step in self.steps()}

        assert found["a"] == (2, timedelta(hours=3))

    def test_count_running_cases_while_few_have_ended(self, monkeypatch):
        monkeypatch.setattr(durations, "MOST_TIMED", 2)
        for number in (1, 2, 3):
            done_after(number, number)

        (step,) = self.steps()

        assert (step.count, step.median, step.most) == (2, timedelta(hours=2), timedelta(hours=3))

    @pytest.mark.parametrize(
        ("length", "words"),
        [(timedelta(), "0"), (timedelta(seconds=20), "1"), (timedelta(minutes=90), "1.5"), (timedelta(days=3), "3")],
    )
    def test_are_said_with_one_unit(self, length, words):
        assert spoken(length).split()[0].startswith(words)

    def test_stand_on_the_page_of_the_definition(self):
        done_after(30, 1)

        page = ask(views.OneDefinition, definition_id=Definition.objects.get(key="errand").pk)

        assert '"heat": {"a": 5}' in page.content.decode()
        assert str(durations.MOST_TIMED) in page.content.decode()


@pytest.fixture
def two():
    """Two cases at `a`; the newest version has `first` instead."""
    for number in (1, 2):
        started(line("a", "b"), subject=f"x:{number}")
    workflow.deploy("demo", line("first", "b"))
    return Definition.objects.get(key="errand", version=2).pk


class TestTakingCasesOver:
    def test_shows_every_case_with_what_stands_in_its_way_and_asks_where_to(self, two):
        page = ask(versions.TakeOver, definition_id=two).content.decode()

        assert page.count('name="case"') == 2
        assert 'name="to-a"' in page
        assert '<option value="first">' in page

    def test_shows_anew_what_the_map_makes_possible(self, two):
        page = ask(versions.TakeOver, definition_id=two, query={"to-a": "first"}).content.decode()

        assert page.count(" checked") == 3  # both cases, and the way to do it

    def test_takes_the_chosen_ones_over(self, two):
        chosen = Case.objects.latest("pk").pk

        page = ask(versions.TakeOver, definition_id=two, data={"case": [chosen], "to-a": "first", "how": "each"})

        assert page.status_code == 200
        assert list(Case.objects.order_by("pk").values_list("definition__version", flat=True)) == [1, 2]

    def test_says_why_nothing_was_changed_when_all_were_to_go(self, two):
        cases = list(Case.objects.values_list("pk", flat=True))

        page = ask(versions.TakeOver, definition_id=two, data={"case": cases, "how": "whole"})

        assert page.status_code == 409
        assert set(Case.objects.values_list("definition__version", flat=True)) == {1}

    @pytest.mark.parametrize("sent", [{}, {"case": ["x"]}, {"case": ["9" * 400]}, {"case": ["\0"], "to-\0": "\0"}])
    def test_answers_nonsense_with_a_sentence(self, two, sent):
        page = ask(versions.TakeOver, definition_id=two, data=sent)

        assert page.status_code in {200, 422}
        assert set(Case.objects.values_list("definition__version", flat=True)) == {1}

    def test_is_closed_to_who_may_not(self, two):
        with pytest.raises(pmi.Forbidden):
            ask(versions.TakeOver, clerk(CITY), definition_id=two)

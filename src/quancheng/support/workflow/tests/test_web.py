"""The pages about processes and cases."""

import pytest
from django.test import RequestFactory
from django.urls import reverse

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.models import Case, Job
from quancheng.support.workflow.tests.drawings import line
from quancheng.support.workflow.tests.factories import CITY, FIRE, OFFICE, clerk, started
from quancheng.support.workflow.tests.test_work import serving
from quancheng.support.workflow.web import views

pytestmark = pytest.mark.django_db(transaction=True)

ADMINISTRATOR = clerk(
    CITY,
    privilege="workflow.case.read",
    extra=tuple(
        pmi.Grant(f"workflow.{privilege}", CITY) for privilege in ("definition.read", "case.retry", "case.cancel")
    ),
)


@pytest.fixture
def ask(monkeypatch):
    """Call a view as `actor` and return its response."""

    def ask(view, actor=ADMINISTRATOR, *, data=None, query=None, **parts):
        factory = RequestFactory()
        request = factory.post("/", data) if data is not None else factory.get("/", query or {})
        request.actor, request.session = actor, {}
        monkeypatch.setattr(request, "_messages", Messages(), raising=False)
        return view.as_view()(request, **parts)

    return ask


class Messages(list):
    def add(self, level, text, extra_tags=""):
        self.append(text)


class TestDefinitions:
    def test_lists_every_process_with_its_running_cases(self, ask):
        started(line("a"))

        page = ask(views.Definitions).content.decode()

        assert "errand" in page

    def test_shows_the_drawing(self, ask):
        started(line("Check the papers"))

        page = ask(views.OneDefinition, definition_id=Case.objects.get().definition_id).content.decode()

        assert "Check the papers" in page

    def test_is_closed_to_who_may_not_see_it(self, ask):
        with pytest.raises(pmi.Forbidden):
            ask(views.Definitions, clerk(OFFICE))


class TestCases:
    def test_lists_the_cases_at_the_readers_places(self, ask):
        started(line("a"), subject="application:1", organisation=OFFICE)
        started(line("a"), subject="application:2", organisation=FIRE)
        reader = clerk(FIRE, privilege="workflow.case.read")

        page = ask(views.Cases, reader).content.decode()

        assert "application:2" in page
        assert "application:1" not in page

    def test_can_be_searched(self, ask):
        started(line("a"), subject="application:1")

        assert "application:1" in ask(views.Cases, query={"search": "application:1", "page": "x"}).content.decode()
        assert "application:1" not in ask(views.Cases, query={"status": "COMPLETED"}).content.decode()


class TestCase:
    def test_shows_drawing_steps_and_timeline(self, ask):
        started(line("Check the papers"))

        page = ask(views.OneCase, case_id=Case.objects.get().pk).content.decode()

        assert page.count("Check the papers") >= 3

    def test_is_closed_to_readers_of_other_places(self, ask):
        started(line("a"), organisation=OFFICE)

        with pytest.raises(pmi.Forbidden):
            ask(views.OneCase, clerk(FIRE, privilege="workflow.case.read"), case_id=Case.objects.get().pk)

    def test_shows_what_is_stuck_and_tries_it_again(self, ask):
        started(serving())
        Job.objects.update(state="STUCK", attempts=8, last_error="printer on fire")
        case_id = Case.objects.get().pk
        assert "printer on fire" in ask(views.OneCase, case_id=case_id).content.decode()

        ask(views.Retry, data={}, case_id=case_id)

        assert Job.objects.get().state == "WAITING"

    def test_is_called_off_with_a_reason(self, ask):
        started(line("a"))
        case_id = Case.objects.get().pk

        assert ask(views.CancelCase, data={"reason": ""}, case_id=case_id).status_code == 422
        answer = ask(views.CancelCase, data={"reason": "lodged twice"}, case_id=case_id)

        assert answer.url == reverse("workflow:case", args=[case_id])
        assert Case.objects.get().status == "CANCELLED"
        assert "lodged twice" in ask(views.OneCase, case_id=case_id).content.decode()

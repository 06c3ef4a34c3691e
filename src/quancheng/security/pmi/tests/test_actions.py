import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.security.pmi.models import Role
from quancheng.security.trail import public as trail

CLERK = pmi.Actor(id="account:1", name="张敏", kind="staff", grants=(pmi.Grant("probe.role.make", "370100/spfw/"),))


class Full(Refusal):
    code, message = "probe.full", "No more."


def scope(*, place, **_rest):
    return pmi.Target(organisation=place, subjects=("role:probe",))


@pmi.action("probe.role.make", scope=scope)
def make(*, actor, place, fails=False):
    Role.objects.create(code="probe", title="probe")
    if fails:
        raise Full
    return "made"


@pmi.action("probe.role.nest")
def nest(*, actor):
    return make(actor=CLERK, place="370100/spfw/")


def outcomes():
    return [(entry.action, entry.outcome) for entry in trail.entries(subject="role:probe").items]


@pytest.mark.django_db(transaction=True)
class TestAction:
    def test_writes_and_tells_the_trail(self):
        assert make(actor=CLERK, place="370100/spfw/") == "made"

        assert Role.objects.filter(code="probe").exists()
        assert outcomes() == [("probe.role.make", "done")]

    def test_keeps_nothing_of_a_refusal_but_the_entry_that_it_happened(self):
        with pytest.raises(Full):
            make(actor=CLERK, place="370100/spfw/", fails=True)

        assert not Role.objects.filter(code="probe").exists()
        assert outcomes() == [("probe.role.make", "probe.full")]

    def test_refuses_another_department_and_remembers_the_attempt(self):
        with pytest.raises(pmi.Forbidden):
            make(actor=CLERK, place="370100/jyj/")

        assert outcomes() == [("probe.role.make", "pmi.forbidden")]

    def test_refuses_to_run_inside_another_action(self):
        with pytest.raises(pmi.ActionInsideAction):
            nest(actor=pmi.service_actor("probe"))

    def test_shares_the_transaction_of_a_delivery(self):
        from django.db import transaction

        with pytest.raises(ZeroDivisionError), transaction.atomic(), pmi.delivery():
            make(actor=CLERK, place="370100/spfw/")
            raise ZeroDivisionError

        assert not Role.objects.filter(code="probe").exists()
        assert outcomes() == []


@pytest.mark.django_db(transaction=True)
class TestGuardedView:
    class Page(pmi.GuardedView):
        action = "probe.role.make"

        def target(self):
            return pmi.Target(organisation="370100/spfw/", subjects=("role:probe",))

        def get(self, request):
            return HttpResponse("open")

    def get(self, actor):
        request = RequestFactory().get("/probe/")
        request.actor = actor
        return self.Page.as_view()(request)

    def test_opens_for_who_holds_its_action(self):
        assert self.get(CLERK).content == b"open"

    def test_sends_a_stranger_to_the_login_and_back(self):
        answer = self.get(pmi.ANONYMOUS)

        assert answer.status_code == 302
        assert answer["Location"].endswith("?next=/probe/")

    def test_refuses_everyone_else_and_remembers_it(self):
        with pytest.raises(pmi.Forbidden):
            self.get(pmi.Actor(id="account:2", name="x", kind="staff"))

        assert outcomes() == [("probe.role.make", "pmi.forbidden")]

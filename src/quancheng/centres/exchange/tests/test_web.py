"""The operator's pages."""

from datetime import timedelta

import pytest
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.test import RequestFactory
from django.urls import resolve, reverse
from django.utils import timezone

from quancheng.centres.exchange.engine import delivery
from quancheng.centres.exchange.engine.transport import Outbox
from quancheng.centres.exchange.models import Delivery
from quancheng.centres.exchange.tests.test_delivery import Listener, Rung
from quancheng.kernel import events
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.zones.gateway.models import Alarm, IncomingBundle, OutgoingBundle, Quarantined

pytestmark = pytest.mark.django_db

PRIVILEGES = (
    "exchange.message.read", "exchange.message.resend", "exchange.message.discard", "exchange.alarm.close",
    "exchange.bundle.retry",
)  # fmt: skip
OPERATOR = pmi.Actor(
    id="staff:1", name="Operator", kind="staff", grants=tuple(pmi.Grant(privilege) for privilege in PRIVILEGES)
)
STRANGER = pmi.Actor(id="staff:2", name="Stranger", kind="staff")


def ask(name: str, *places, actor: pmi.Actor = OPERATOR, data=None, **query):
    """Call a page as `actor`, the way the middleware would."""
    url = reverse(f"exchange:{name}", args=places)
    request = RequestFactory().get(url, query) if data is None else RequestFactory().post(url, data)
    SessionMiddleware(lambda _request: None).process_request(request)
    MessageMiddleware(lambda _request: None).process_request(request)
    request.actor, request.user = actor, None
    found = resolve(url)
    return found.func(request, **found.kwargs)


@pytest.fixture
def dead(monkeypatch) -> Delivery:
    """A delivery that was given up."""
    listener = Listener()
    listener.refuses = {1}
    events.use_transport(Outbox())
    monkeypatch.setitem(events._handlers, "testing.rung", {"quancheng.testing.bells.subscriptions.hear": listener})
    events.publish(Rung(bell="one", number=1))
    for hours in range(1, 9):
        delivery.deliver_ready(timezone.now() + timedelta(hours=hours))
    return Delivery.objects.get()


@pytest.fixture
def departments(db):
    identity.ensure_organisation(code="370100", name="济南市", kind="GOVERNMENT")
    for code in ("370100-dsj", "370100-scjg"):
        identity.ensure_organisation(code=code, name=code, kind="DEPARTMENT", parent="370100")


def operator_of(code: str) -> pmi.Actor:
    """Return an operator who reads every department's messages and decides about those of one."""
    place = f"370100/{code}/"
    grants = (pmi.Grant(PRIVILEGES[0]), *(pmi.Grant(privilege, place) for privilege in PRIVILEGES[1:]))
    return pmi.Actor(id=f"staff:{code}", name=code, kind="staff", organisation=place, grants=grants)


class TestAnOperatorOfADepartment:
    def test_decides_about_the_messages_of_the_own_department(self, dead, departments):
        own = operator_of(dead.message.organisation)

        for page in (ask("stuck", actor=own), ask("message", dead.message.message_id, actor=own)):
            assert ("/resend/" in page.content.decode(), "/discard/" in page.content.decode()) == (True, True)
        ask("resend", dead.pk, actor=own, data={})
        assert Delivery.objects.get().state == Delivery.State.PENDING

    def test_sees_no_button_that_refuses_for_another_s(self, dead, departments):
        other = operator_of("370100-scjg")

        for page in (ask("stuck", actor=other), ask("message", dead.message.message_id, actor=other)):
            html = page.content.decode()
            assert ("bells" in html, "/resend/" in html, "/discard/" in html) == (True, False, False)
        ask("resend", dead.pk, actor=other, data={})
        assert Delivery.objects.get().state == Delivery.State.DEAD


class TestPages:
    @pytest.mark.parametrize("name", ["flows", "stuck", "bundles", "messages"])
    def test_open_for_the_operator_and_nobody_else(self, dead, name):
        assert ask(name).status_code == 200

        with pytest.raises(pmi.Forbidden):
            ask(name, actor=STRANGER)

    @pytest.mark.parametrize("name", ["flows", "stuck", "bundles", "messages"])
    def test_say_what_would_be_here_when_there_is_nothing(self, name):
        assert ask(name).status_code == 200

    def test_show_why_a_message_is_stuck(self, dead):
        assert "out of order" in ask("stuck").content.decode()

    def test_show_one_message_with_its_event(self, dead):
        page = ask("message", dead.message.message_id).content.decode()

        assert "testing.rung" in page
        assert "specversion" in page

    def test_show_bundles_faults_and_alarms(self):
        now = timezone.now()
        counts = {"digest": "a" * 64, "size": 2048, "messages": 3, "files": 1}
        OutgoingBundle.objects.create(receiver="intranet", sequence=1, acknowledges=0, created_at=now, **counts)
        IncomingBundle.objects.create(sender="intranet", sequence=4, received_at=now, **counts)
        Quarantined.objects.create(
            zone="all", file="x.qcb", digest="b" * 64, kept_as="x", fault="gateway.tampered", at=now
        )
        Alarm.objects.create(zone="all", code="gateway.tampered", detail="x.qcb: directory", raised_at=now)

        page = ask("bundles").content.decode()

        assert "x.qcb" in page
        assert "a" * 16 in page


class TestButtons:
    def test_deliver_again(self, dead):
        ask("resend", dead.pk, data={})

        dead.refresh_from_db()
        assert (dead.state, dead.attempts) == (Delivery.State.PENDING, 0)

    def test_deliver_many_again_and_say_of_each_what_became_of_it(self, dead):
        Delivery.objects.filter(pk=dead.pk).update(state=Delivery.State.DEAD)

        page = ask("messages", data={"wish": "resend", "row": [str(dead.message_id), "0"]}).content.decode()

        dead.refresh_from_db()
        assert (dead.state, dead.attempts) == (Delivery.State.PENDING, 0)
        assert page.count("qc-outcomes__rows") == 1

    def test_discard_with_a_reason_only(self, dead):
        ask("discard", dead.pk, data={"reason": ""})
        dead.refresh_from_db()
        assert dead.state == Delivery.State.DEAD

        ask("discard", dead.pk, data={"reason": "重复"})
        dead.refresh_from_db()
        assert dead.state == Delivery.State.DISCARDED

    def test_close_an_alarm(self):
        alarm = Alarm.objects.create(zone="all", code="gateway.forged", detail="x", raised_at=timezone.now())

        ask("close-alarm", alarm.pk, data={"next": "https://elsewhere.example/"})

        alarm.refresh_from_db()
        assert alarm.closed_by == "staff:1"

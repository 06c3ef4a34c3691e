"""What happens to people's accounts and posts is told to them."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from quancheng.kernel import events
from quancheng.security.identity import actions
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Appointment
from quancheng.security.identity.tests.factories import proven, staff
from quancheng.support.notifications.models import Message

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery-2026"


@pytest.fixture
def officer(monkeypatch):
    """Somebody who may look after accounts; what is announced is heard at once."""
    privileges = ("identity.account.create", "identity.account.set-password", "identity.staff.leave")
    made = staff("officer", privileges=privileges, organisation="370100")
    monkeypatch.setattr(events, "_transport", events.InProcess())
    return proven(made)


def told(account):
    return list(Message.objects.filter(account_id=account.pk).values_list("kind", flat=True))


def test_whose_password_an_officer_has_set_is_told_by_whom(officer, django_capture_on_commit_callbacks):
    clerk = staff("clerk")

    with django_capture_on_commit_callbacks(execute=True):
        actions.set_password(actor=officer, account_id=clerk.pk, password=PASSWORD)

    (message,) = Message.objects.filter(account_id=clerk.pk)
    assert message.kind == "identity.password-set"
    assert officer.name in message.text
    assert PASSWORD not in message.text


def test_a_new_account_begins_with_a_message(officer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        account_id = actions.create_account(actor=officer, username="lixia", name="李霞", password=PASSWORD)

    (message,) = Message.objects.filter(account_id=account_id)
    assert "lixia" in message.text


def test_who_leaves_is_told_the_last_day_and_who_has_left_is_not(officer, django_capture_on_commit_callbacks):
    now, soon, gone = timezone.now(), staff("soon"), staff("gone")

    with django_capture_on_commit_callbacks(execute=True):
        for account, at_once in ((soon, False), (gone, True)):
            actions.leave(
                actor=officer, account_id=account.pk, last_day=timezone.localdate(now) + timedelta(20), reason="调出",
                at=now, at_once=at_once,
            )  # fmt: skip

    assert told(soon) == ["identity.departure-decided"]
    assert told(gone) == []


def test_a_deputy_is_told_whose_post_and_for_which_days(officer, django_capture_on_commit_callbacks):
    giver, deputy, today = staff("giver"), staff("deputy"), timezone.localdate()

    with django_capture_on_commit_callbacks(execute=True):
        identity.make_delegation(
            actor=identity.actor_for(giver), giver_id=giver.pk, deputy_id=deputy.pk,
            post_id=Appointment.objects.get(account=giver).post_id, valid_from=today, valid_until=today, reason="出差",
        )  # fmt: skip

    (message,) = Message.objects.filter(account_id=deputy.pk)
    assert (message.kind, message.url) == ("identity.delegation-made", "/identity/posts/")
    assert "职员giver" in message.subject
    assert "岗位giver" in message.subject
    assert told(giver) == []


def test_a_message_about_an_account_that_is_gone_is_passed_over():
    from quancheng.support.notifications import subscriptions

    subscriptions._tell_person(str(uuid.uuid4()), "account-made", {"username": "x", "by": "y"}, "/identity/", key="1")

    assert not Message.objects.exists()

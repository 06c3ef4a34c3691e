"""Who reviews emergency authorisations is told of each at once."""

import pytest
from django.utils import timezone

from quancheng.kernel import events
from quancheng.security.identity.tests.factories import MARKET, proven, staff
from quancheng.security.pmi.actions import take_emergency
from quancheng.support.notifications import subscriptions
from quancheng.support.notifications.models import Message

pytestmark = pytest.mark.django_db
REVIEW = "pmi.emergency.review"


@pytest.fixture
def taken(monkeypatch, django_capture_on_commit_callbacks):
    staff("owner", privileges=("calendar.year.load",))
    staff("reviewer", privileges=(REVIEW,), organisation="370100")
    staff("elsewhere", privileges=(REVIEW,), organisation="370100-xfjy")
    clerk = staff("clerk", privileges=("pmi.emergency.take",))
    monkeypatch.setattr(events, "_transport", events.InProcess())
    wish = {"privilege": "calendar.year.load", "organisation": MARKET, "reason": "日历未装载", "at": timezone.now()}
    with django_capture_on_commit_callbacks(execute=True):
        return take_emergency(actor=proven(clerk), **wish)


def test_the_notice_reaches_who_may_review_it_there_and_nobody_else(taken):
    (notice,) = Message.objects.all()

    assert "职员clerk" in notice.subject
    assert "日历未装载" in notice.text
    assert notice.url == f"/pmi/emergencies/{taken}/"


def test_one_of_the_extranet_is_told_inside_without_a_way_that_leads_nowhere():
    staff("reviewer", privileges=(REVIEW,), organisation="370100")
    data = {
        "emergency_id": "4be4", "actor_name": "林晓", "privilege": "calendar.year.load", "organisation": MARKET,
        "reason": "门户故障", "review_by": "2026-11-26",
    }  # fmt: skip

    subscriptions.tell_reviewers(events.Message(topic="pmi.emergency-taken", data=data, zone="extranet"))

    notice = Message.objects.get()
    assert "济南市市场监督管理局（政务外网）" in notice.text
    assert notice.url == ""


def test_the_page_that_it_leads_to_opens_for_the_reviewer_with_the_review(taken, client):
    reviewer = staff("reviewer", privileges=(REVIEW, "pmi.emergency.read"), organisation="370100")
    client.force_login(reviewer)

    page = client.get(Message.objects.get().url)

    assert page.status_code == 200
    assert page.context["may_review"]

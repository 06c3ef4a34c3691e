"""Break-glass: taken for a time with a reason, marked in the trail, told to reviewers, reviewed by somebody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from quancheng.security.identity import public as identity
from quancheng.security.identity.tests.factories import MARKET, prove, proven, staff
from quancheng.security.pmi import actions, checks, queries
from quancheng.security.pmi import public as pmi
from quancheng.security.pmi.models import Emergency
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
WANTED = "calendar.year.load"


@pytest.fixture
def clerk():
    staff("owner", privileges=(WANTED,))
    return staff("clerk", privileges=("pmi.emergency.take",))


@pytest.fixture
def reviewer():
    return staff("reviewer", privileges=("pmi.emergency.review", "pmi.emergency.read"), organisation="370100")


def take(account, privilege=WANTED, at=None):
    wishes = {"privilege": privilege, "organisation": MARKET, "reason": "日历未装载", "at": at or timezone.now()}
    return actions.take_emergency(actor=proven(account), **wishes)


def review(account, key, *, justified=True):
    wishes = {"justified": justified, "finding": "情况属实", "at": timezone.now()}
    actions.review_emergency(actor=identity.actor_for(account), emergency_id=key, **wishes)


class TestTaking:
    def test_counts_in_its_session_for_its_time_and_marks_what_is_done(self, clerk):
        key = take(clerk)
        actor = queries.with_emergency(identity.actor_for(clerk), {"pmi.emergency": str(key)})

        assert actor.may(WANTED, MARKET)
        assert not identity.actor_for(clerk).may(WANTED)
        actions.demand(actor, WANTED)

        @pmi.reading("calendar.year.load")
        def look(*, actor):
            return "seen"

        look(actor=actor)
        (entry,) = queries.deeds(key).items
        assert entry.detail["emergency"] == str(key)

    def test_is_over_after_its_time_and_forgotten(self, clerk):
        session = {"pmi.emergency": str(take(clerk, at=timezone.now() - timedelta(minutes=61)))}

        assert not queries.with_emergency(identity.actor_for(clerk), session).may(WANTED)
        assert session == {}

    def test_of_somebody_else_counts_for_nobody(self, clerk, reviewer):
        session = {"pmi.emergency": str(take(clerk))}

        assert not queries.with_emergency(identity.actor_for(reviewer), session).may(WANTED)

    @pytest.mark.parametrize("key", ["x", "00000000-0000-0000-0000-000000000000"])
    def test_survives_a_session_that_names_nothing(self, clerk, key):
        assert queries.with_emergency(identity.actor_for(clerk), {"pmi.emergency": key})

    def test_stops_at_the_keys_of_the_house(self, clerk):
        staff("admin", privileges=("identity.account.create",))

        with pytest.raises(actions.NotInAnEmergency):
            take(clerk, "identity.account.create")
        with pytest.raises(actions.UnknownPrivilege):
            take(clerk, "probe.nothing.at-all")

    def test_asks_who_you_are_and_whether_you_may_at_all(self, clerk, reviewer):
        wishes = {"privilege": WANTED, "organisation": MARKET, "reason": "x", "at": timezone.now()}
        with pytest.raises(pmi.StepUpNeeded):
            actions.take_emergency(actor=identity.actor_for(clerk), **wishes)
        with pytest.raises(pmi.Forbidden):
            actions.take_emergency(actor=proven(reviewer), **wishes)

    def test_waits_until_the_last_one_has_been_reviewed(self, clerk, reviewer):
        key = take(clerk)
        Emergency.objects.update(review_by=timezone.localdate() - timedelta(days=1))

        with pytest.raises(actions.StillUnreviewed):
            take(clerk)
        review(reviewer, key)
        assert take(clerk)

    def test_of_the_same_kind_is_not_taken_twice_while_it_runs(self, clerk, reviewer):
        first = take(clerk)

        with pytest.raises(actions.StillRunning) as refusal:
            take(clerk)
        assert refusal.value.facts["emergency"] == str(first)
        assert timezone.localtime(queries.emergency(first).until).strftime("%H:%M") in str(refusal.value)
        assert Emergency.objects.count() == 1

    def test_of_the_same_kind_may_be_taken_again_once_it_is_over_or_reviewed(self, clerk, reviewer):
        over = take(clerk, at=timezone.now() - timedelta(hours=2))
        second = take(clerk)
        review(reviewer, second)

        assert len({over, second, take(clerk)}) == 3


class TestReview:
    def test_is_closed_once_by_somebody_else(self, clerk, reviewer):
        key = take(clerk)
        double = staff("clerk2", privileges=("pmi.emergency.take", "pmi.emergency.review"))
        own = take(double)

        with pytest.raises(actions.OwnReview):
            review(double, own)
        review(reviewer, key, justified=False)
        with pytest.raises(actions.AlreadyReviewed):
            review(reviewer, key)

        assert queries.emergency(key).state == "reviewed"
        assert trail.entries(subject=f"emergency:{key}", action="pmi.emergency.review").total == 2

    def test_ends_what_still_runs(self, clerk, reviewer):
        key = take(clerk)
        review(reviewer, key)

        assert not queries.with_emergency(identity.actor_for(clerk), {"pmi.emergency": str(key)}).may(WANTED)

    def test_that_is_late_is_shown_so(self, clerk):
        key = take(clerk, at=timezone.now() - timedelta(days=5))

        assert queries.emergency(key).state == "overdue"
        assert [item.id for item in queries.overdue(timezone.localdate())] == [key]

    def test_that_is_late_is_a_finding_of_the_posture_until_it_is_held(self, clerk, reviewer):
        assert not list(checks.unreviewed(timezone.now()))
        key = take(clerk, at=timezone.now() - timedelta(days=5))

        (finding,) = checks.unreviewed(timezone.now())
        review(reviewer, key)

        assert "职员clerk" in str(finding.sentence)
        assert timezone.localdate(finding.since) == timezone.localdate() - timedelta(days=1)
        assert not list(checks.unreviewed(timezone.now()))


class TestPages:
    def test_lead_from_taking_to_the_closed_review(self, client, clerk, reviewer):
        prove(client, clerk)
        form = {"privilege": WANTED, "organisation": MARKET, "reason": "日历未装载"}

        assert client.post("/pmi/emergencies/take/", form).status_code == 302
        assert client.get("/calendar/years/").status_code == 200
        key = Emergency.objects.get().pk
        assert "日历未装载" in client.get(f"/pmi/emergencies/{key}/").content.decode()
        prove(client, reviewer)
        page = client.get("/pmi/emergencies/").content.decode()
        closed = client.post(f"/pmi/emergencies/{key}/", {"justified": "yes", "finding": "情况属实"})

        assert "日历未装载" in page
        assert closed.status_code == 302
        assert Emergency.objects.get().justified

    def test_say_first_how_long_it_counts_and_choose_no_place(self, client, clerk):
        prove(client, clerk)

        page = client.get("/pmi/emergencies/take/").content.decode()
        empty = client.post("/pmi/emergencies/take/", {"privilege": WANTED, "organisation": "", "reason": "日历未装载"})

        assert "有效期 60 分钟" in page
        assert empty.status_code == 200
        assert not Emergency.objects.exists()

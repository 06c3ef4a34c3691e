"""Acting in one of several posts, and in a colleague's."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from quancheng.security.identity import actions, queries
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Appointment, Delegation, Post
from quancheng.security.identity.tests.factories import FIRE, MARKET, citizen, staff
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
STAMP = "probe.paper.stamp"


@pmi.action(STAMP, scope=lambda *, place: pmi.Target(organisation=place, subjects=("paper:1",)))
def stamp(*, actor, place):
    return place


@pytest.fixture
def giver():
    return staff("li", privileges=(STAMP,))


@pytest.fixture
def deputy():
    return staff("zhou")


def delegate(giver, deputy, *, days=3, start=0, by=None, **changes):
    today = timezone.localdate()
    return identity.make_delegation(
        actor=identity.actor_for(by or giver),
        **{
            "giver_id": giver.pk,
            "deputy_id": deputy.pk,
            "post_id": Appointment.objects.get(account=giver).post_id,
            "valid_from": today + timedelta(start),
            "valid_until": today + timedelta(start + days),
            "reason": "出差",
            **changes,
        },
    )


class TestDelegating:
    def test_lets_the_deputy_do_what_the_post_allows_in_the_givers_name(self, giver, deputy):
        delegate(giver, deputy)

        actor = identity.actor_for(deputy)
        stamp(actor=actor, place=MARKET)

        (entry,) = trail.entries(action=STAMP).items
        assert (entry.actor_id, entry.actor_name) == (deputy.actor_id, "职员zhou")
        assert (entry.detail["on_behalf_of"], entry.detail["on_behalf_of_name"]) == (giver.actor_id, "职员li")
        assert giver.actor_id in entry.subjects

    def test_gives_nothing_before_the_first_day_or_after_the_last(self, giver, deputy):
        delegate(giver, deputy, start=2, days=1)

        now = timezone.now()
        allowed = [identity.actor_for(deputy, now + timedelta(days)).may(STAMP) for days in (1, 2, 3, 4)]

        assert allowed == [False, True, True, False]

    def test_ends_with_the_givers_own_appointment(self, giver, deputy):
        delegate(giver, deputy)

        Appointment.objects.filter(account=giver).update(valid_from="2020-01-01", valid_until="2020-01-02")

        assert not identity.actor_for(deputy).may(STAMP)

    def test_ends_at_once_when_the_giver_takes_the_post_back(self, giver, deputy):
        made = delegate(giver, deputy)

        identity.end_delegation(actor=identity.actor_for(giver), delegation_id=made, at=timezone.now())

        assert not identity.actor_for(deputy).may(STAMP)
        with pytest.raises(actions.DelegationOver):
            identity.end_delegation(actor=identity.actor_for(giver), delegation_id=made, at=timezone.now())

    def test_is_not_for_a_post_of_somebody_else(self, giver, deputy):
        with pytest.raises(pmi.Forbidden):
            delegate(giver, deputy, by=deputy)

    def test_can_be_done_by_an_administrator_for_somebody_who_is_ill(self, giver, deputy):
        keeper = staff("keeper", privileges=("identity.delegation.make",), organisation="370100")

        delegate(giver, deputy, by=keeper)

        assert identity.actor_for(deputy).may(STAMP, MARKET)

    def test_does_not_pass_on_what_was_itself_delegated(self, giver, deputy):
        delegate(giver, deputy)
        third = staff("third")
        post = Appointment.objects.get(account=giver).post_id

        with pytest.raises(actions.NotTheHolder):
            delegate(deputy, third, post_id=post)

    def test_refuses_a_stranger_a_citizen_and_oneself(self, giver):
        with pytest.raises(actions.NotAColleague):
            delegate(giver, staff("fireman", organisation="370100-xfjy"))
        with pytest.raises(actions.NotForCitizens):
            delegate(giver, citizen())
        with pytest.raises(actions.OwnDeputy):
            delegate(giver, giver)

    def test_refuses_periods_that_are_too_long_turned_round_or_taken(self, giver, deputy):
        with pytest.raises(actions.DelegationTooLong, match="90"):
            delegate(giver, deputy, days=90)
        with pytest.raises(actions.EndsBeforeItBegins):
            delegate(giver, deputy, days=-1)
        delegate(giver, deputy)
        with pytest.raises(actions.DelegatedAlready):
            delegate(giver, deputy, start=2)

    def test_refuses_days_on_which_the_giver_no_longer_holds_the_post(self, giver, deputy):
        Appointment.objects.filter(account=giver).update(valid_until=timezone.localdate() + timedelta(1))

        with pytest.raises(actions.NotTheHolder):
            delegate(giver, deputy, days=5)


class TestOnesOwnGrant:
    def test_comes_before_a_delegated_one_so_that_nobody_else_is_named(self, giver, deputy):
        role = pmi.define_role(code="stamper", title="盖章", privileges=[STAMP])
        Post.objects.get(title="岗位zhou").roles.add(role)
        delegate(giver, deputy)

        stamp(actor=identity.actor_for(deputy), place=MARKET)

        assert "on_behalf_of" not in trail.entries(action=STAMP).items[0].detail

    def test_does_not_matter_to_whoever_chose_to_act_for_another(self, giver, deputy):
        role = pmi.define_role(code="stamper", title="盖章", privileges=[STAMP])
        Post.objects.get(title="岗位zhou").roles.add(role)
        made = delegate(giver, deputy)

        stamp(actor=identity.actor_for(deputy, seat=f"delegation:{made}"), place=MARKET)

        assert trail.entries(action=STAMP).items[0].detail["on_behalf_of"] == giver.actor_id


class TestSeats:
    @pytest.fixture
    def double(self):
        identity_post = staff("double", privileges=(STAMP,))
        pmi.define_role(code="fire-reader", title="查阅", privileges=["probe.fire.read"])
        identity.ensure_post(organisation="370100-xfjy", title="借调", roles=["fire-reader"], holders=["double"])
        return identity_post

    def test_all_count_until_one_is_chosen(self, double):
        actor = identity.actor_for(double)

        assert actor.may(STAMP, MARKET)
        assert actor.may("probe.fire.read", FIRE)

    def test_the_chosen_one_alone_counts(self, double, client):
        client.force_login(double)
        fire = next(seat for seat in queries.seats(double.pk) if seat.organisation == FIRE)

        client.post(reverse("identity:seats"), {"seat": fire.key})
        page = client.get(reverse("identity:profile"))

        actor = page.wsgi_request.actor
        assert actor.organisation == FIRE
        assert actor.may("probe.fire.read", FIRE)
        assert not actor.may(STAMP)
        assert f"{page.context['post_title']}" == f'<a href="{reverse("identity:seats")}">借调</a>'

    def test_one_that_is_over_counts_as_none(self, double):
        assert identity.actor_for(double, seat="post:00000000-0000-0000-0000-000000000000") == identity.actor_for(
            double
        )

    def test_nobody_sits_down_in_a_post_they_do_not_hold(self, double, giver):
        post = Appointment.objects.get(account=giver).post_id

        with pytest.raises(actions.SeatNotHeld):
            identity.choose_seat(actor=identity.actor_for(double), account_id=double.pk, seat=f"post:{post}")

    def test_choosing_is_entered_in_the_trail(self, double, client):
        client.force_login(double)

        client.post(reverse("identity:seats"), {"seat": ""})

        assert trail.entries(action="identity.seat.choose").items[0].actor_id == double.actor_id


class TestPages:
    def test_of_citizens_know_no_posts(self, client):
        client.force_login(citizen())

        assert client.get(reverse("identity:seats")).status_code == 403

    def test_delegate_and_take_back(self, client, giver, deputy):
        client.force_login(giver)
        today = timezone.localdate()
        post = Appointment.objects.get(account=giver).post_id

        assert "职员zhou" in client.get(reverse("identity:delegate")).content.decode()
        client.post(
            reverse("identity:delegate"),
            {
                "post_id": post, "deputy_id": deputy.pk, "valid_from": today,
                "valid_until": today + timedelta(2), "reason": "年休假",
            },
        )  # fmt: skip
        made = Delegation.objects.get()
        assert "年休假" in client.get(reverse("identity:seats")).content.decode()

        client.post(reverse("identity:end-delegation", args=[made.pk]))
        made.refresh_from_db()
        assert made.ended_at

    def test_say_for_whom_the_deputy_acts(self, client, giver, deputy):
        made = delegate(giver, deputy)
        client.force_login(deputy)

        client.post(reverse("identity:seats"), {"seat": f"delegation:{made}"})
        page = client.get(reverse("identity:seats"))

        assert page.context["acting_for"] == "职员li"
        assert "职员li" in str(page.context["post_title"])
        assert "qc-alert" in page.content.decode()

    def test_of_another_givers_delegation_are_closed(self, client, giver, deputy):
        made = delegate(giver, deputy)
        client.force_login(deputy)

        assert client.get(reverse("identity:end-delegation", args=[made])).status_code == 403


def test_an_actor_for_another_is_as_plain_a_value_as_any(giver):
    actor = identity.actor_for(giver)

    assert replace(actor, on_behalf_of="account:x") != actor

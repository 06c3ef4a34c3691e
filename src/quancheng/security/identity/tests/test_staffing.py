"""Coming, changing posts and leaving: each one act with everything that belongs to it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.idp.oidc.models import Client as RegisteredClient
from allauth.idp.oidc.models import Token
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from quancheng.security.identity import actions, queries
from quancheng.security.identity import public as identity
from quancheng.security.identity.actions import staffing
from quancheng.security.identity.adapters import work
from quancheng.security.identity.models import Account, Appointment, Delegation, Departure, Invitation, Post, Session
from quancheng.security.identity.tests.factories import FIRE, MARKET, PASSWORD, identity_number, prove, proven, staff
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
RIGHTS = tuple(f"identity.staff.{name}" for name in ("join", "invite", "move", "leave", "stay"))
NEW = "a quiet morning 2026"


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


@pytest.fixture
def keeper():
    return staff("keeper", privileges=(*RIGHTS, "identity.account.read"), organisation="370100")


@pytest.fixture
def admin(keeper):
    return proven(keeper)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def post():
    staff("colleague")
    return Post.objects.get(title="岗位colleague")


def join(admin, post, **more):
    facts = {
        "name": "新同事", "username": "New", "identity_number": identity_number("37010219920315003"), "mobile": "",
        "email": "new@quancheng.example", "post_id": post.pk, "valid_from": timezone.localdate(), **more,
    }  # fmt: skip
    return actions.join(actor=admin, at=timezone.now(), **facts)


class TestJoining:
    def test_makes_person_account_and_appointment_and_leaves_no_password(self, admin, post):
        secret = join(admin, post)

        made = Account.objects.get(username="new")
        assert (made.person.name, made.has_usable_password()) == ("新同事", False)
        assert queries.seats(made.pk)[0].organisation == MARKET
        assert secret.text not in str(list(Invitation.objects.values()))
        assert {"identity.staff.join", "identity.appointment.make"} <= {
            entry.action
            for entry in [*trail.entries(subject=made.actor_id).items, *trail.entries(subject=f"post:{post.pk}").items]
        }

    def test_is_refused_where_one_may_not_appoint(self, post):
        with pytest.raises(pmi.Forbidden):
            join(proven(staff("local", privileges=RIGHTS, organisation="370100-xfjy")), post)

        assert not Account.objects.filter(username="new").exists()

    def test_is_refused_to_somebody_who_is_here_already(self, admin, post):
        join(admin, post)

        with pytest.raises(actions.AccountExists, match="new"):
            join(admin, post, username="other")

    def test_makes_nothing_when_one_part_is_refused(self, admin, post):
        with pytest.raises(actions.BadMobile):
            join(admin, post, mobile="12")

        assert not Account.objects.filter(username="new").exists()
        assert not Invitation.objects.exists()


class TestTheInvitation:
    def by_page(self, client, keeper, post, **more):
        prove(client, keeper)
        page = reverse("identity:join")
        wish = {
            "name": "新同事", "username": "new", "identity_number": identity_number("37010219920315003"),
            "email": "new@quancheng.example", "post_id": post.pk, "valid_from": timezone.localdate().isoformat(),
            **more,
        }  # fmt: skip
        shown = client.post(page, wish)
        answer = client.post(page, {**wish, "seen": shown.context["seen"], "carry-out": "1"})
        client.logout()
        return shown, answer

    def link(self):
        return re.search(r"http://testserver(\S+)", mail.outbox[-1].body)[1]

    def test_comes_by_mail_and_opens_the_account_once(self, client, keeper, post):
        shown, _answer = self.by_page(client, keeper, post)
        assert "new@quancheng.example" in " ".join(item.text for item in shown.context["shown"])
        assert mail.outbox[0].to == ["new@quancheng.example"]

        assert client.get(self.link()).status_code == 200
        client.post(self.link(), {"password": NEW, "again": NEW})
        assert client.post(reverse("account_login"), {"login": "new", "password": NEW}).status_code == 302

        client.logout()
        client.post(self.link(), {"password": "another quiet morning 1", "again": "another quiet morning 1"})
        assert not Account.objects.get(username="new").check_password("another quiet morning 1")

    def test_is_a_code_to_hand_over_where_there_is_no_address(self, client, keeper, post):
        _shown, answer = self.by_page(client, keeper, post, email="")
        code = answer.context["code"]
        assert answer["Cache-Control"] == "no-store"
        assert re.fullmatch(r"(\w{4}-){2}\w{4}", code)

        wish = {"username": "new", "code": code.lower(), "password": NEW, "again": NEW}
        client.post(reverse("identity:invitation"), wish)

        assert Account.objects.get(username="new").check_password(NEW)

    def test_by_code_is_worthless_after_five_wrong_ones(self, client, keeper, post):
        _shown, answer = self.by_page(client, keeper, post, email="")
        wish = {"username": "new", "password": NEW, "again": NEW}

        for _time in range(5):
            said = client.post(reverse("identity:invitation"), {**wish, "code": "2222-2222-2222"})
        unknown = client.post(reverse("identity:invitation"), {**wish, "username": "nobody", "code": "2222"})
        client.post(reverse("identity:invitation"), {**wish, "code": answer.context["code"]})

        assert not Account.objects.get(username="new").has_usable_password()
        assert said.context["form"].non_field_errors() == unknown.context["form"].non_field_errors()

    def test_of_a_link_cannot_be_typed_in_as_a_code_nor_the_other_way(self, admin, post):
        secret = join(admin, post)

        with pytest.raises(actions.InvitationOver):
            actions.accept_invitation(secret=secret.text, username="new", password=NEW, at=timezone.now())
        code = join(admin, post, username="second", email="", identity_number="")
        with pytest.raises(actions.InvitationOver):
            actions.accept_invitation(secret=code.text, password=NEW, at=timezone.now())

    def test_is_over_after_its_time_and_after_a_new_one(self, admin, post):
        first = join(admin, post)
        second = actions.invite(actor=admin, account_id=first.account_id, at=timezone.now())

        for secret, at in ((first, timezone.now()), (second, timezone.now() + timedelta(days=4))):
            with pytest.raises(actions.InvitationOver):
                actions.accept_invitation(secret=secret.text, password=NEW, at=at)

    def test_keeps_a_weak_password_out_and_can_be_tried_again(self, admin, post):
        secret = join(admin, post)

        with pytest.raises(actions.WeakPassword):
            actions.accept_invitation(secret=secret.text, password="1234567890", at=timezone.now())

        actions.accept_invitation(secret=secret.text, password=NEW, at=timezone.now())

    def test_is_not_made_for_who_has_a_password(self, admin, post):
        with pytest.raises(actions.PasswordChosen):
            actions.invite(actor=admin, account_id=Account.objects.get(username="colleague").pk, at=timezone.now())


class TestMoving:
    @pytest.fixture
    def clerk(self):
        found = staff("clerk")
        Appointment.objects.update(valid_from=timezone.localdate() - timedelta(100))
        return found

    def move(self, admin, clerk, post, day):
        ends = [item.pk for item in clerk.appointments.all()]
        return actions.move(actor=admin, account_id=clerk.pk, ends=ends, post_id=post.pk, from_day=day)

    def test_ends_one_day_and_begins_the_next(self, admin, clerk, today):
        staff("fighter", privileges=("approvals.opinion.give",), organisation="370100-xfjy")
        day = today + timedelta(10)

        self.move(admin, clerk, Post.objects.get(title="岗位fighter"), day)

        at = timezone.now() + timedelta(9)
        assert identity.actor_for(clerk, at).organisation == MARKET
        assert identity.actor_for(clerk, at + timedelta(1)).organisation == FIRE

    def test_ends_what_was_delegated_from_the_old_post(self, admin, clerk, post, today):
        deputy = staff("deputy")
        identity.ensure_delegation(
            organisation="370100-scjg", post="岗位clerk", giver="clerk", deputy="deputy", days=30, reason="出差"
        )

        self.move(admin, clerk, post, today + timedelta(3))

        assert Delegation.objects.get(deputy=deputy).valid_until == today + timedelta(2)

    def test_needs_the_privilege_at_both_places(self, clerk, today):
        staff("fighter", organisation="370100-xfjy")
        local = proven(staff("local", privileges=RIGHTS))

        with pytest.raises(pmi.Forbidden):
            self.move(local, clerk, Post.objects.get(title="岗位fighter"), today)

    def test_of_oneself_is_refused(self, admin, post, keeper, today):
        with pytest.raises(actions.OwnAppointment):
            self.move(admin, keeper, post, today)

    def test_shows_the_work_that_stays_behind(self, client, keeper, clerk, post, monkeypatch):
        monkeypatch.setattr(work, "_asked", [lambda actor_id: [work.OpenWork("餐饮店开办 · 现场核查")]])
        prove(client, keeper)

        shown = client.post(
            reverse("identity:move-staff", args=[clerk.pk]),
            {"ends": [clerk.appointments.get().pk], "post_id": post.pk, "from_day": timezone.localdate().isoformat()},
        )

        assert "餐饮店开办 · 现场核查" in shown.content.decode()
        assert [item.kind for item in shown.context["shown"]] == ["end", "new", "note"]


class TestLeaving:
    @pytest.fixture
    def clerk(self, client):
        found = staff("clerk", privileges=("approvals.opinion.give",))
        Appointment.objects.update(valid_from=timezone.localdate() - timedelta(100))
        return found

    def leave(self, admin, clerk, last_day, **more):
        return actions.leave(
            actor=admin, account_id=clerk.pk, last_day=last_day, reason="退休", at=timezone.now(), **more
        )

    def everything(self, client, clerk):
        client.force_login(clerk)
        client.get(reverse("identity:profile"))
        TOTP.activate(clerk, generate_totp_secret())
        system = RegisteredClient.objects.create(name="x")
        Token.objects.create(type=Token.Type.REFRESH_TOKEN, hash="x", client=system, user=clerk)
        staff("deputy")
        identity.ensure_delegation(
            organisation="370100-scjg", post="岗位clerk", giver="clerk", deputy="deputy", days=30, reason="出差"
        )

    def left(self, clerk, today):
        return (
            Appointment.objects.filter(account=clerk, valid_until=None).exists(),
            Delegation.objects.filter(giver=clerk, ended_at=None, valid_until__gt=today).exists(),
            Session.objects.filter(account=clerk, ended_at=None).exists(),
            Token.objects.filter(user=clerk).exists(),
            Authenticator.objects.filter(user=clerk).exists(),
            Account.objects.get(pk=clerk.pk).is_active,
        )

    def test_at_once_ends_everything_and_each_part_stands_in_the_trail(self, client, admin, clerk, today):
        self.everything(client, clerk)

        self.leave(admin, clerk, today, at_once=True)

        assert self.left(clerk, today) == (False,) * 6
        assert client.get(reverse("identity:profile")).status_code == 302
        done = {entry.action for entry in trail.entries(subject=clerk.actor_id).items}
        assert {
            "identity.staff.leave", "identity.session.end", "identity.token.revoke", "identity.authenticator.remove",
            "identity.account.deactivate",
        } <= done  # fmt: skip

    def test_waits_for_the_day_after_the_last(self, client, admin, clerk, today):
        self.everything(client, clerk)
        self.leave(admin, clerk, today + timedelta(5))

        assert staffing.carry_out_departures(at=timezone.now() + timedelta(5)) == 0
        assert Account.objects.get(pk=clerk.pk).is_active
        assert identity.actor_for(clerk, timezone.now() + timedelta(5)).grants
        assert not identity.actor_for(clerk, timezone.now() + timedelta(6)).grants

        assert staffing.carry_out_departures(at=timezone.now() + timedelta(6)) == 1
        assert staffing.carry_out_departures(at=timezone.now() + timedelta(6)) == 0
        assert self.left(clerk, today + timedelta(5)) == (False,) * 6

    def test_can_be_taken_back_before_its_day(self, admin, clerk, today):
        made = self.leave(admin, clerk, today + timedelta(5))

        actions.withdraw_departure(actor=admin, departure_id=made, at=timezone.now())

        assert clerk.appointments.get().valid_until is None
        assert staffing.carry_out_departures(at=timezone.now() + timedelta(9)) == 0
        with pytest.raises(actions.DepartureOver):
            actions.withdraw_departure(actor=admin, departure_id=made, at=timezone.now())

    def test_is_decided_once_and_never_for_oneself(self, admin, keeper, clerk, today):
        self.leave(admin, clerk, today + timedelta(5))

        with pytest.raises(actions.LeavesAlready):
            self.leave(admin, clerk, today)
        with pytest.raises(actions.OwnDeparture):
            self.leave(admin, keeper, today)

    def test_leaves_nothing_when_one_part_fails(self, client, admin, clerk, today, monkeypatch):
        self.everything(client, clerk)

        def broken(*_args, **_wishes):
            raise RuntimeError

        monkeypatch.setattr(staffing.sessions, "close", broken)
        with pytest.raises(RuntimeError):
            self.leave(admin, clerk, today, at_once=True)

        assert self.left(clerk, today) == (True,) * 6
        assert not Departure.objects.exists()

    def test_needs_a_fresh_proof_and_the_privilege_at_the_place(self, admin, clerk, today):
        with pytest.raises(pmi.StepUpNeeded):
            self.leave(replace(admin, proven_at=None), clerk, today)
        with pytest.raises(pmi.Forbidden):
            self.leave(proven(staff("local", privileges=RIGHTS, organisation="370100-xfjy")), clerk, today)

    def test_by_page_shows_first_what_ends(self, client, keeper, clerk, today):
        prove(client, keeper)
        page, wish = reverse("identity:leave", args=[clerk.pk]), {"last_day": today.isoformat(), "reason": "调离"}

        shown = client.post(page, wish)
        assert Departure.objects.count() == 0
        client.post(page, {**wish, "seen": shown.context["seen"], "carry-out": "1"})

        account = client.get(reverse("identity:account", args=[clerk.pk])).content.decode()
        assert reverse("identity:stay", args=[Departure.objects.get().pk]) in account


def test_nobody_signs_in_with_the_password_of_somebody_who_left(client):
    clerk = staff("clerk")
    admin = proven(staff("keeper", privileges=RIGHTS, organisation="370100"))
    actions.leave(
        actor=admin, account_id=clerk.pk, last_day=timezone.localdate(), reason="x", at=timezone.now(), at_once=True
    )

    client.post(reverse("account_login"), {"login": "clerk", "password": PASSWORD})

    assert client.get(reverse("identity:profile")).status_code == 302

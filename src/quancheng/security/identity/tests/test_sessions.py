"""Where somebody is signed in, signing out from afar, and showing once more who one is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from quancheng.security.identity import actions, middleware, rules
from quancheng.security.identity.models import Account, Session
from quancheng.security.identity.tests.factories import PASSWORD, citizen, prove, proven, staff
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


@pytest.fixture
def clerk():
    return staff("clerk")


@pytest.fixture
def browsers(client, client_class, clerk):
    """Sign the clerk in on two devices."""
    other = client_class(headers={"user-agent": CHROME})
    for device in (client, other):
        device.force_login(clerk)
        device.get(reverse("identity:profile"))
    return client, other


@pytest.fixture
def client_class():
    from django.test import Client

    return Client


def sessions_of(account):
    return [entry.action for entry in trail.entries(subject=account.actor_id, action="identity.session").items]


class TestTheList:
    def test_names_device_and_address(self, browsers):
        page = browsers[0].get(reverse("identity:sessions"))

        assert {(item.device, item.address) for item in page.context["sessions"]} == {
            ("", "127.0.0.1"),
            ("Chrome · Windows", "127.0.0.1"),
        }
        assert "Chrome · Windows" in page.content.decode()

    def test_is_written_once_for_many_pages(self, browsers, monkeypatch):
        browsers[0].get(reverse("identity:profile"))
        before = list(Session.objects.values_list("seen_at", flat=True))

        browsers[0].get(reverse("identity:profile"))
        assert list(Session.objects.values_list("seen_at", flat=True)) == before

        monkeypatch.setattr(middleware, "SEEN_EVERY", -1)
        browsers[0].get(reverse("identity:profile"))
        assert list(Session.objects.values_list("seen_at", flat=True)) != before

    def test_forgets_who_said_goodbye(self, browsers, clerk):
        browsers[0].post(reverse("account_logout"))

        assert Session.objects.filter(account=clerk, ended_at=None).count() == 1

    def test_knows_nothing_of_visitors(self, client):
        client.get(reverse("account_login"))

        assert not Session.objects.exists()


class TestSigningOutFromAfar:
    def test_ends_the_other_device_at_its_next_click(self, browsers, clerk):
        here, there = browsers
        (other,) = Session.objects.filter(user_agent=CHROME)

        here.post(reverse("identity:end-session", args=[other.pk]))

        assert there.get(reverse("identity:profile")).status_code == 302
        assert here.get(reverse("identity:profile")).status_code == 200
        assert "identity.session.end" in sessions_of(clerk)

    def test_ends_all_but_this_one(self, browsers):
        here, there = browsers

        here.post(reverse("identity:end-other-sessions"))

        assert there.get(reverse("identity:profile")).status_code == 302
        assert here.get(reverse("identity:profile")).status_code == 200

    def test_is_refused_twice(self, browsers, clerk):
        session = Session.objects.filter(user_agent=CHROME).get()
        actions.end_session(actor=proven(clerk), session_id=session.pk, at=timezone.now())

        with pytest.raises(actions.SessionOver):
            actions.end_session(actor=proven(clerk), session_id=session.pk, at=timezone.now())

    def test_of_somebody_else_needs_the_privilege_at_their_place(self, browsers):
        session = Session.objects.filter(user_agent=CHROME).get()
        right = ("identity.session.end",)

        for stranger in (citizen(), staff("curious"), staff("fire", privileges=right, organisation="370100-xfjy")):
            with pytest.raises(pmi.Forbidden):
                actions.end_session(actor=proven(stranger), session_id=session.pk, at=timezone.now())
        keeper = staff("keeper", privileges=right, organisation="370100")
        actions.end_session(actor=proven(keeper), session_id=session.pk, at=timezone.now())

        assert browsers[1].get(reverse("identity:profile")).status_code == 302

    def test_happens_to_every_device_when_the_account_is_closed(self, browsers, clerk):
        keeper = staff("keeper", privileges=("identity.account.deactivate",), organisation="370100")

        actions.deactivate_account(actor=proven(keeper), account_id=clerk.pk, at=timezone.now())

        assert not Session.objects.filter(ended_at=None).exists()

    def test_is_offered_to_administrators_on_the_accounts_page(self, browsers, clerk, client_class):
        keeper = staff(
            "keeper",
            privileges=("identity.account.read", "identity.session.read", "identity.session.end"),
            organisation="370100",
        )
        visitor = client_class()
        visitor.force_login(keeper)

        page = visitor.get(reverse("identity:account", args=[clerk.pk])).content.decode()

        assert "Chrome · Windows" in page
        assert "identity.session.read" in sessions_of(clerk)


class TestStepUp:
    @pytest.fixture
    def keeper(self):
        return staff("keeper", privileges=("identity.account.create",), organisation="370100")

    def wish(self):
        return {"username": "fresh", "name": "新人", "password": "long enough 2026"}

    def test_is_asked_before_a_sensitive_page_and_leads_back(self, client, keeper):
        prove(client, keeper, seconds_ago=3600)
        page = reverse("identity:new-account")

        answer = client.get(page)
        assert answer.url == f"{reverse('account_reauthenticate')}?{urlencode({'next': page})}"

        assert client.post(answer.url, {"password": PASSWORD, "next": page}).url == page
        assert client.get(page).status_code == 200
        client.post(page, self.wish())
        assert Account.objects.filter(username="fresh").exists()

    def test_is_not_asked_of_whoever_has_just_signed_in(self, client, keeper):
        client.post(reverse("account_login"), {"login": "keeper", "password": PASSWORD})

        assert client.get(reverse("identity:new-account")).status_code == 200

    def test_asks_for_the_second_factor_of_whoever_has_one(self, client, keeper):
        TOTP.activate(keeper, generate_totp_secret())
        prove(client, keeper, seconds_ago=3600)

        assert client.get(reverse("identity:new-account")).url.startswith(reverse("mfa_reauthenticate"))

    def test_keeps_what_is_being_typed_for_a_while(self, client, keeper):
        prove(client, keeper, seconds_ago=15 * 60)

        assert client.get(reverse("identity:new-account")).status_code == 302
        client.post(reverse("identity:new-account"), self.wish())

        assert Account.objects.filter(username="fresh").exists()

    def test_is_demanded_by_the_action_itself_and_remembered(self, keeper):
        late = replace(proven(keeper), proven_at=timezone.now() - timedelta(hours=1))

        with pytest.raises(pmi.StepUpNeeded):
            actions.create_account(actor=late, **self.wish())

        assert trail.entries(action="identity.account.create").items[0].outcome == "pmi.step-up-needed"

    def test_is_told_to_programs_as_a_problem(self, client, keeper):
        prove(client, keeper, seconds_ago=3600)

        answer = client.get(reverse("identity:new-account"), headers={"accept": "application/json"})

        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")

    def test_comes_after_the_privilege(self, client, clerk):
        prove(client, clerk, seconds_ago=3600)

        assert client.get(reverse("identity:new-account")).status_code == 403


class TestAssurance:
    def level(self, client):
        page = client.get(reverse("identity:sessions"))
        return page.wsgi_request.actor.assurance, Session.objects.get(ended_at=None).assurance

    def test_is_one_after_a_password(self, client, clerk):
        client.post(reverse("account_login"), {"login": "clerk", "password": PASSWORD})

        assert self.level(client) == (1, 1)

    def test_is_two_after_a_second_factor_and_rises_in_a_running_session(self, client, clerk):
        client.post(reverse("account_login"), {"login": "clerk", "password": PASSWORD})
        assert self.level(client) == (1, 1)
        secret = generate_totp_secret()
        TOTP.activate(clerk, secret)

        code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
        client.post(reverse("mfa_reauthenticate"), {"code": code})

        assert self.level(client) == (2, 2)

    def test_is_nothing_for_somebody_else_s_records(self, client, clerk):
        prove(client, clerk)
        session = client.session
        session["account_authentication_methods_user"] = "somebody else"
        session.save()

        assert self.level(client) == (0, 0)

    @pytest.mark.parametrize(
        ("shown", "level"),
        [
            ((), 0), (("password",), 1), (("totp",), 1), (("password", "recovery_codes"), 2), (("webauthn",), 3),
            (("password", "webauthn"), 3), (("certificate",), 3), (("code",), 1), (("password", "password"), 1),
        ],
    )  # fmt: skip
    def test_follows_from_what_was_shown(self, shown, level):
        assert rules.assurance(shown) == level


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (CHROME, "Chrome · Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit Version/18.0 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/116 Mobile Safari/537 MicroMessenger/8.0", "微信 · Android"),
        ("curl/8.0", ""),
    ],
)
def test_a_device_is_named_by_browser_and_system(agent, device):
    assert rules.device(agent) == device

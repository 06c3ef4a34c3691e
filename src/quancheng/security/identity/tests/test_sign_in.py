"""Signing in, up and out; second factors; what the trail hears."""

import re

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

from quancheng.security.identity import adapters, middleware
from quancheng.security.identity.config import Config
from quancheng.security.identity.models import Account
from quancheng.security.identity.tests.factories import PASSWORD, citizen, identity_number, prove, staff
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
STRONG = "a quiet morning 2026"


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


def sign_in(client, username, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": username, "password": password})


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def answers(**changes):
    return {
        "name": "王小美",
        "identity_number": identity_number(),
        "mobile": "13800530001",
        "email": "",
        "password1": STRONG,
        "password2": STRONG,
        **changes,
    }


class TestSigningUp:
    def test_opens_an_account_and_signs_in(self, client):
        answer = client.post(reverse("account_signup"), answers())

        assert answer.status_code == 302
        account = Account.objects.get(username="13800530001")
        assert client.session["_auth_user_id"] == str(account.pk)
        assert account.person.identity_number == identity_number()

    def test_sends_a_confirmation_to_an_address_that_was_given(self, client, mailoutbox):
        client.post(reverse("account_signup"), answers(email="mei@example.com"))

        assert [letter.to for letter in mailoutbox] == [["mei@example.com"]]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"identity_number": "370102199003150000"}, "identity_number"),
            ({"mobile": "110"}, "mobile"),
            ({"password1": "13800530001", "password2": "13800530001"}, "password1"),
            ({"password2": "something else 2026"}, "password2"),
        ],
    )
    def test_says_at_the_field_what_is_wrong_and_keeps_the_rest(self, client, changes, field):
        answer = client.post(reverse("account_signup"), answers(**changes))

        assert field in answer.context["form"].errors
        assert "王小美" in answer.content.decode()
        assert not Account.objects.exists()

    def test_a_lower_case_x_is_understood(self, client):
        number = identity_number("11010519491231002")

        client.post(reverse("account_signup"), answers(identity_number=f" {number.lower()} "))

        assert Account.objects.get().person.identity_number == "11010519491231002X"

    def test_a_person_gets_one_account(self, client):
        citizen()

        answer = client.post(reverse("account_signup"), answers())

        assert "identity_number" in answer.context["form"].errors

    def test_is_closed_in_the_intranet(self, client, monkeypatch):
        monkeypatch.setenv("QC_ZONE", "intranet")

        answer = client.post(reverse("account_signup"), answers())

        assert answer.templates[0].name == "account/signup_closed.html"
        assert not Account.objects.exists()


class TestSigningIn:
    def test_works_with_the_user_name(self, client):
        staff("clerk")

        assert sign_in(client, "clerk").status_code == 302

    def test_leads_to_where_one_wanted_to_go(self, client):
        staff("clerk")

        answer = client.post(reverse("account_login"), {"login": "clerk", "password": PASSWORD, "next": "/identity/"})

        assert answer.url == "/identity/"

    def test_never_leads_to_another_site(self, client):
        staff("clerk")

        answer = client.post(
            reverse("account_login"), {"login": "clerk", "password": PASSWORD, "next": "https://evil.example/"}
        )

        assert answer.url == "/"

    def test_is_locked_after_five_wrong_passwords_even_for_the_right_one(self, client):
        staff("clerk")
        for _attempt in range(5):
            sign_in(client, "clerk", "wrong password")

        sign_in(client, "clerk")

        assert "_auth_user_id" not in client.session

    def test_the_trail_hears_of_success_failure_and_goodbye(self, client):
        clerk = staff("clerk")
        sign_in(client, "clerk", "wrong password")
        sign_in(client, "clerk")
        client.post(reverse("account_logout"))

        entries = [(entry.action, entry.outcome) for entry in trail.entries(subject=clerk.actor_id).items]
        assert list(reversed(entries)) == [
            ("identity.session.open", "identity.wrong-password"),
            ("identity.session.open", "done"),
            ("identity.session.close", "done"),
        ]

    def test_what_a_stranger_types_stays_out_of_the_trail(self, client):
        sign_in(client, "my-secret-typed-in-the-wrong-field", "x")

        entry = trail.entries(action="identity.session.open").items[0]
        assert "my-secret" not in f"{entry}"


class TestTheSecondFactor:
    @pytest.fixture
    def _required(self, monkeypatch):
        monkeypatch.setattr(middleware, "config", Config(require_totp=True))

    @pytest.mark.usefixtures("_required")
    def test_staff_are_led_to_enrol_before_anything_else(self, client):
        client.force_login(staff("clerk"))

        assert client.get(reverse("identity:profile")).url == reverse("mfa_activate_totp")

    @pytest.mark.usefixtures("_required")
    def test_citizens_are_free_to_do_without(self, client):
        client.force_login(citizen())

        assert client.get(reverse("identity:profile")).status_code == 200

    @pytest.mark.usefixtures("_required")
    def test_staff_who_enrolled_work_on_and_are_asked_for_a_code_next_time(self, client):
        clerk = staff("clerk")
        secret = generate_totp_secret()
        TOTP.activate(clerk, secret)
        code = code_of(secret)

        assert sign_in(client, "clerk").url == reverse("mfa_authenticate")
        client.post(reverse("mfa_authenticate"), {"code": code})

        assert client.get(reverse("identity:profile")).status_code == 200

    def test_its_secret_rests_encrypted(self, settings):
        settings.MFA_ADAPTER = "quancheng.security.identity.adapters.MfaAdapter"
        secret = generate_totp_secret()

        authenticator = TOTP.activate(staff("clerk"), secret).instance

        assert secret not in str(authenticator.data)
        assert authenticator.wrap().validate_code(code_of(secret))

    @pytest.mark.parametrize(("who", "may"), [(staff, False), (citizen, True)])
    def test_is_switched_off_only_by_those_who_need_none(self, monkeypatch, who, may):
        monkeypatch.setattr(adapters, "config", Config(require_totp=True))

        authenticator = TOTP.activate(who("13800530009"), generate_totp_secret()).instance

        assert adapters.MfaAdapter().can_delete_authenticator(authenticator) is may

    def test_without_the_code_nobody_is_signed_in(self, client):
        clerk = staff("clerk")
        TOTP.activate(clerk, generate_totp_secret())
        sign_in(client, "clerk")

        client.post(reverse("mfa_authenticate"), {"code": "000000"})

        assert "_auth_user_id" not in client.session

    @pytest.mark.parametrize("page", ["mfa_activate_totp", "mfa_add_webauthn"])
    def test_is_not_changed_by_whoever_finds_an_open_browser(self, client, page):
        prove(client, staff("clerk"), seconds_ago=15 * 60)

        assert client.get(reverse(page)).url.startswith(reverse("account_reauthenticate"))
        assert client.get(reverse("account_reauthenticate")).status_code == 200

    @pytest.mark.parametrize("page", ["mfa_activate_totp", "mfa_add_webauthn"])
    def test_is_changed_by_whoever_has_just_signed_in_without_showing_it_twice(self, client, page):
        staff("clerk")
        sign_in(client, "clerk")

        assert client.get(reverse(page)).status_code == 200

    def test_shown_by_somebody_else_before_proves_nothing(self, client):
        prove(client, staff("clerk"))
        session = client.session
        session["account_authentication_methods_user"] = "another"
        session.save()

        assert client.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))

    def test_can_be_set_up_from_the_page(self, client):
        staff("clerk")
        sign_in(client, "clerk")
        page = client.get(reverse("mfa_activate_totp"))
        secret = page.context["form"].secret
        code = code_of(secret)

        client.post(reverse("mfa_activate_totp"), {"code": code})

        page = client.get(reverse("mfa_view_recovery_codes"))
        assert len(page.context["unused_codes"]) == 10


class TestTheOtherPages:
    @pytest.mark.parametrize(
        "page", ["account_login", "account_signup", "account_reset_password", "account_reset_password_done"]
    )
    def test_open_for_everybody_in_the_clean_frame(self, client, page):
        html = client.get(reverse(page)).content.decode()

        assert "qc-plain" in html
        assert not re.search(r"<[^>]+ style=", html)

    @pytest.mark.parametrize(
        "page",
        [
            "account_logout", "account_email", "account_change_password", "mfa_index", "mfa_activate_totp",
            "mfa_add_webauthn", "mfa_list_webauthn",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("who", [staff, citizen])
    def test_open_for_those_signed_in(self, client, page, who):
        account = who("13800530009")
        sign_in(client, account.username)

        answer = client.get(reverse(page))

        assert answer.status_code == 200
        assert "qc-" in answer.content.decode()

    def test_a_forgotten_password_brings_a_letter_with_a_link_that_works(self, client, mailoutbox):
        staff("clerk")
        Account.objects.update(email="clerk@example.com")
        client.post(reverse("account_reset_password"), {"email": "clerk@example.com"})
        link = re.search(r"http://testserver(\S+)", mailoutbox[0].body).group(1)

        form = client.get(link, follow=True)
        client.post(form.request["PATH_INFO"], {"password1": STRONG, "password2": STRONG})

        assert client.login(username="clerk", password=STRONG)

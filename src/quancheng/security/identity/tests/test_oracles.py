"""Nobody learns from an answer what exists; signing in makes a new session, however it is done; guessing is slowed."""

import uuid
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from quancheng.security.identity import actions
from quancheng.security.identity.actions import proofs
from quancheng.security.identity.adapters import certificates
from quancheng.security.identity.models import Account, CertificateBinding, Departure, Post, Session
from quancheng.security.identity.tests.factories import prove, proven, staff
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
SECRET = "s" * 40


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


@pytest.fixture
def clerk():
    return staff("clerk")


@pytest.fixture
def known(clerk):
    """The id of something real for every address that names one."""
    other = staff("other")
    admin = proven(staff("admin", privileges=("identity.organisation.rename",), organisation="370100"))
    today, now = timezone.localdate(), timezone.now()
    change = actions.rename_organisation(
        actor=admin, organisation="370100-scjg", effective_on=today + timedelta(9), details={"name": "新名"},
        document="济政发〔2026〕12号", reason="x", at=now,
    )  # fmt: skip
    made = {"account": other, "decided_by": "x", "decided_at": now}
    return {
        "roles": Post.objects.get(title="岗位other").pk,
        "end-appointment": other.appointments.get().pk,
        "withdraw-change": change,
        "stay": Departure.objects.create(last_day=today, reason="x", **made).pk,
        "unbind-certificate": CertificateBinding.objects.create(
            account=other, fingerprint="f", serial="1", name="x", bound_at=now
        ).pk,
        "end-session": Session.objects.create(
            account=other, key="k", address="::1", opened_at=now, seen_at=now
        ).pk,
        **dict.fromkeys(
            (
                "account", "deactivate", "activate", "set-password", "move-staff", "leave", "invite",
                "bind-certificate",
            ),
            other.pk,
        ),
    }  # fmt: skip


def test_a_thing_and_no_thing_look_the_same_to_who_may_not_ask(client, clerk, known):
    prove(client, clerk)

    told = {
        page: (
            client.get(reverse(f"identity:{page}", args=[key])).status_code,
            client.get(reverse(f"identity:{page}", args=[uuid.uuid4()])).status_code,
        )
        for page, key in known.items()
    }

    assert told == dict.fromkeys(known, (403, 403))


def test_and_to_a_visitor_who_has_not_signed_in(client, known):
    told = {
        client.get(reverse(f"identity:{page}", args=[found])).status_code
        for page, key in known.items()
        for found in (key, uuid.uuid4())
    }

    assert told == {302}


def test_who_may_ask_is_told_that_there_is_nothing(client):
    keeper = staff("keeper", privileges=("identity.post.change-roles",), organisation="370100")
    prove(client, keeper)

    assert client.get(reverse("identity:roles", args=[uuid.uuid4()])).status_code == 404


class TestACertificate:
    @pytest.fixture
    def card(self, monkeypatch):
        """A certificate of anybody's making: here only its way through the site is tried."""
        monkeypatch.setattr(certificates, "config", replace(certificates.config, proxy_secret=SECRET))
        monkeypatch.setattr(certificates, "_judges", [lambda _pem, _at: ("0A", "职员clerk")])
        key = ec.generate_private_key(ec.SECP256R1())
        name, now = x509.Name([]), timezone.now()
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(10).not_valid_before(now).not_valid_after(now + timedelta(1)).sign(key, hashes.SHA256())
        )  # fmt: skip
        return made.public_bytes(Encoding.PEM)

    def headers(self, card, **more):
        return {
            "X-Proxy-Secret": SECRET, "X-Client-Verify": "SUCCESS", "X-Client-Certificate": quote(card.decode()),
            "Accept": "text/html", **more,
        }  # fmt: skip

    @pytest.fixture
    def bound(self, card, clerk):
        keeper = proven(staff("keeper", privileges=("identity.certificate.bind",), organisation="370100"))
        return proofs.bind_certificate(actor=keeper, account_id=clerk.pk, certificate=card, at=timezone.now())

    def test_takes_no_name_of_a_page_for_an_address(self, client, card, bound):
        client.get(reverse("account_login"))

        answer = client.post(
            reverse("identity:certificate"), {"next": "identity:no-such-page"}, headers=self.headers(card)
        )

        assert answer["Location"] == "/"

    def test_makes_a_new_session_and_leads_nowhere_else(self, client, card, bound):
        client.get(reverse("account_login"))
        session = client.session
        session["planted"] = "by an attacker"
        session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = planted = session.session_key

        answer = client.post(
            reverse("identity:certificate"), {"next": "https://evil.example/"}, headers=self.headers(card)
        )

        assert answer["Location"] == "/"
        assert client.session.session_key != planted
        assert client.get(reverse("identity:profile")).wsgi_request.actor.assurance == 3

    @pytest.mark.parametrize(
        ("change", "outcome"),
        [
            ({"X-Proxy-Secret": "t" * 40}, "identity.not-from-the-proxy"),
            ({"X-Proxy-Secret": ""}, "identity.not-from-the-proxy"),
            ({"X-Client-Verify": "FAILED:self-signed"}, "identity.no-certificate"),
            ({"X-Client-Certificate": "rubbish"}, "identity.bad-certificate"),
            ({"X-Client-Certificate": "x" * 20000}, "identity.bad-certificate"),
        ],
    )
    def test_shown_by_anybody_but_the_proxy_is_ignored_and_trailed(self, client, card, bound, change, outcome):
        answer = client.post(reverse("identity:certificate"), headers=self.headers(card, **change))

        assert answer.status_code == 400
        assert not client.session.get("_auth_user_id")
        assert trail.entries(action="identity.session.open").items[0].outcome == outcome

    def test_shown_from_another_address_is_ignored(self, client, card, bound):
        answer = client.post(reverse("identity:certificate"), headers=self.headers(card), REMOTE_ADDR="203.0.113.9")

        assert answer.status_code == 400

    def test_is_worth_nothing_to_an_account_that_is_closed(self, client, card, bound, clerk):
        Account.objects.filter(pk=clerk.pk).update(is_active=False)

        assert client.post(reverse("identity:certificate"), headers=self.headers(card)).status_code == 400

    def test_of_another_name_is_not_bound(self, card, db):
        other = staff("another")
        keeper = proven(staff("keeper", privileges=("identity.certificate.bind",), organisation="370100"))

        with pytest.raises(proofs.NotTheirCertificate):
            proofs.bind_certificate(actor=keeper, account_id=other.pk, certificate=card, at=timezone.now())

    def test_is_bound_and_taken_out_on_the_account_s_page(self, client, card, clerk):
        rights = ("identity.certificate.bind", "identity.certificate.unbind", "identity.account.read")
        prove(client, staff("keeper", privileges=rights, organisation="370100"))

        client.post(reverse("identity:bind-certificate", args=[clerk.pk]), {"certificate": card.decode()})
        page = client.get(reverse("identity:account", args=[clerk.pk])).content.decode()
        way = reverse("identity:unbind-certificate", args=[CertificateBinding.objects.get().pk])
        assert way in page

        client.post(way)
        assert CertificateBinding.objects.get().ended_at

    def test_can_be_tried_thirty_times_a_minute(self, client, card):
        told = [
            client.post(reverse("identity:certificate"), headers=self.headers(card)).status_code for _try in range(31)
        ]

        assert (told[0], told[-1]) == (400, 429)

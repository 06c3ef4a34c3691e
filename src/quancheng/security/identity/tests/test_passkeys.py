"""A passkey in a real browser, whose authenticator Chromium plays (WebAuthn Level 2, section 11)."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from quancheng.security.identity.models import Session
from quancheng.security.identity.tests.factories import PASSWORD, staff

pytestmark = [pytest.mark.heavy, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KIND = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def token(page):
    """Give the browser an authenticator; return how to speak with it, and its name."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KIND})["authenticatorId"]


@pytest.fixture
def site(live_server, settings):
    """The site by the name that browsers trust without TLS: the number of an address is nobody's to hold keys for."""
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    return live_server.url.replace("127.0.0.1", "localhost")


def enrol(page, site, clerk):
    page.goto(f"{site}{reverse('account_login')}")
    page.fill("[name=login]", clerk.username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "login" not in url)
    # Sensitive, but whoever has just signed in has shown enough: no password is asked for once more.
    page.goto(f"{site}{reverse('mfa_add_webauthn')}")
    page.fill("[name=name]", "办公电脑")
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/webauthn/add" not in url)


def leave(page, site):
    page.goto(f"{site}{reverse('account_logout')}")
    page.click("main form[method=post] button")
    page.wait_for_load_state()


def test_is_made_once_and_then_signs_in_alone_at_the_highest_level(page, site, token):
    clerk = staff("clerk")
    enrol(page, site, clerk)
    leave(page, site)

    page.goto(f"{site}{reverse('account_login')}")
    page.click("#passkey_login")
    page.wait_for_url(lambda url: "login" not in url)

    assert Authenticator.objects.filter(user=clerk, type=Authenticator.Type.WEBAUTHN).count() == 1
    assert Session.objects.filter(account=clerk, ended_at=None).get().assurance == 3
    assert [text for text in page.complaints if "404" not in text] == []


def test_that_was_taken_out_signs_nobody_in(page, site, token):
    clerk = staff("clerk")
    enrol(page, site, clerk)
    leave(page, site)
    Authenticator.objects.filter(user=clerk).delete()

    page.goto(f"{site}{reverse('account_login')}")
    page.click("#passkey_login")
    page.wait_for_load_state("networkidle")

    assert not Session.objects.filter(account=clerk, ended_at=None).exists()
    assert page.locator("[name=login]").count() == 1

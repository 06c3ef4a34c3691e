"""What every answer carries, and what a browser or an attacker cannot be talked into."""

import json
import os
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from quancheng.project.errand.papers import pdf
from quancheng.project.errand.restaurant import PASSWORD
from quancheng.security.trail.models import Entry
from quancheng.security.trail.queries import opened
from quancheng.systems.hall.models import Licence
from tests.security import routes
from tests.security.city import OWNER
from tests.security.conftest import forgotten

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
LOGIN, LOGOUT = "/accounts/login/", "/accounts/logout/"
ELSEWHERE = ("https://evil.example/", "//evil.example/", "/\\evil.example", "https:evil.example", "javascript:alert(1)")
CLERKS = ("lead", "admin", "auditor", "registry")
PAGES = [route for route in routes.every() if not route.path({}).startswith("/cms/")]
# Services for programs, which show a secret or a token of their own; and pages of the OpenID provider that other sites
# may send people to, which look for the page's token themselves as soon as something is to be done.
MACHINES = {"Timestamp", "Token", "TokenView", "RevokeView", "DeviceCodeView", "UserInfoView"} | {
    "AuthorizationView",
    "DeviceAuthorizationView",
    "LogoutView",
}
# ACME (RFC 8555) and OCSP (RFC 6960): requests carry signatures or ask for what is public; no browser sends them.
MACHINES |= {"Ocsp", "Directory", "NewNonce", "NewAccount", "Account", "KeyChange", "NewOrder", "Orders", "Order"}
MACHINES |= {"Authorization", "Challenge", "Finalize", "IssuedCertificate", "Revocation", "Renewal"}
# The crypto services take a system's token; whoever comes with a session must bring the page's token, too.
MACHINES |= {"SignCall", "BatchCall", "VerifyCall", "EncryptCall", "DecryptCall", "HashCall", "TimestampCall"}
MACHINES |= {"SimulationsCall", "SimulationCall"}
# SAML: systems post people here from their own pages; what they ask for is signed, or done on our own pages only.
MACHINES |= {"SignOn", "SingleLogout"}
# Gateways sign the receipts that they call back.
MACHINES |= {"Receipts"}
DAILY = ("", OWNER, "admin")  # who walks in `make test`
LOCKED_AFTER = 5
REDIRECTS = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND}


def html_of(answer):
    """Return the parsed page, None for a file."""
    is_page = answer.get("Content-Type", "").startswith("text/html") and not answer.streaming
    return BeautifulSoup(answer.content.decode(), "html.parser") if is_page else None


def policy_of(answer):
    """Return the content security policy by directive."""
    parts = (part.split() for part in answer.get("Content-Security-Policy", "").split(";"))
    return {part[0]: part[1:] for part in parts if part}


def lacks(answer):
    """Yield the protections that an answer lacks."""
    policy = policy_of(answer)
    if "default-src" not in policy or "'unsafe-inline'" in str(policy) or "'unsafe-eval'" in str(policy):
        yield "content security policy"
    # A redirect shows nothing that could be framed; Django sends some before that header is added.
    framed = answer.status_code not in REDIRECTS and answer.get("X-Frame-Options") != "DENY"
    if policy.get("frame-ancestors") != ["'none'"] or framed:
        yield "framing"
    if answer.get("X-Content-Type-Options") != "nosniff":
        yield "sniffing"
    if answer.get("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        yield "referrer"
    if answer.get("Cross-Origin-Opener-Policy") != "same-origin":
        yield "opener"


def disobeys(page):
    """Yield what a page holds against its own policy, and forms that anybody could send."""
    for tag in page.find_all(True):
        if tag.name == "style" or (tag.name == "script" and not tag.get("src") and tag.get("type") in {None, "module"}):
            yield f"inline <{tag.name}>"
        if any(name == "style" or name.startswith("on") for name in tag.attrs):
            yield f"inline attribute in <{tag.name} {sorted(tag.attrs)}>"
        if tag.name in {"script", "img", "link"} and urlsplit(tag.get("src") or tag.get("href") or "").netloc:
            yield f"something from elsewhere: {tag}"
        posts = tag.name == "form" and (tag.get("method") or "").lower() == "post"
        if posts and not tag.find("input", attrs={"name": "csrfmiddlewaretoken"}):
            yield f"a form without a token: {tag.get('action')}"


@pytest.mark.parametrize("username", routes.walks(["", OWNER, *CLERKS], DAILY), ids=lambda name: name or "nobody")
def test_every_answer_protects_the_browser_and_every_page_keeps_its_own_policy(city, username):
    browser, things, found = city.browser(username), routes.things(city), []
    for path in [*(route.path(things) for route in PAGES if "logout" not in route.text), "/no/such/page/"]:
        answer = browser.get(path)
        page = html_of(answer)
        wrong = [*lacks(answer), *(disobeys(page) if page else ())]
        found += [f"{answer.status_code} {path}: {sentence}" for sentence in wrong]

    assert found == []


@pytest.mark.parametrize("username", routes.walks([OWNER, *CLERKS], DAILY))
def test_nothing_can_be_sent_without_the_page_s_token(city, username):
    browser, things, taken = city.browser(username, enforce_csrf_checks=True), routes.things(city), []
    for route in PAGES:
        if hasattr(route.view, "post") and route.view.__name__ not in MACHINES:
            with forgotten():
                answer = browser.post(route.path(things), {"next": "/"})
                if answer.status_code != HTTPStatus.FORBIDDEN or answer.templates[0].name != "403_csrf.html":
                    taken.append(f"{answer.status_code} {route.path(things)}")

    assert taken == []


def test_only_services_for_machines_take_posts_without_a_token():
    # Wagtail's own API looks after its tokens itself; it is tried with the editing pages.
    exempt = {route.view.__name__ for route in PAGES if getattr(route.callback, "csrf_exempt", False)}

    assert exempt == MACHINES


def sign_in(browser, username=OWNER, password=PASSWORD, **more):
    return browser.post(LOGIN, {"login": username, "password": password, **more})


@pytest.mark.parametrize("place", ELSEWHERE)
def test_signing_in_leads_nowhere_else(city, place):
    answer = sign_in(city.browser(), next=place)

    assert answer.status_code == HTTPStatus.FOUND
    assert urlsplit(answer["Location"]).netloc == ""
    assert "evil" not in answer["Location"]


@pytest.mark.parametrize("username", routes.walks(["", OWNER, *CLERKS], DAILY), ids=lambda name: name or "nobody")
@pytest.mark.parametrize("place", ELSEWHERE[:3])
def test_no_form_and_no_address_leads_elsewhere(city, username, place):
    browser, things, led = city.browser(username), routes.things(city), []
    for route in PAGES:
        path = route.path(things)
        ways = [lambda path=path: browser.get(path, {"next": place})]
        if hasattr(route.view, "post") or not hasattr(route.view, "as_view"):
            ways.append(lambda path=path: browser.post(path, {"next": place}, HTTP_REFERER=place))
        for way in ways:
            with forgotten():
                answer = way()
                to = answer.get("Location", "")
                if urlsplit(to).netloc not in {"", "localhost"} or to.startswith(("//", "/\\", "javascript:")):
                    led.append(f"{path} -> {to}")

    assert led == []


class TestSessions:
    def test_the_session_s_name_changes_when_somebody_signs_in(self, city):
        browser = city.browser()
        browser.get(LOGIN)
        session = browser.session
        session["planted"] = "by an attacker"
        session.save()
        browser.cookies[settings.SESSION_COOKIE_NAME] = planted = session.session_key

        sign_in(browser)

        assert browser.session.session_key != planted
        assert not Session.objects.filter(pk=planted).exists()

    def test_an_unknown_session_name_is_not_taken_over(self, city):
        browser = city.browser()
        browser.cookies[settings.SESSION_COOKIE_NAME] = chosen = "a" * 32

        sign_in(browser)

        assert browser.session.session_key != chosen

    def test_signing_out_takes_a_post(self, city):
        browser = city.browser(OWNER)

        browser.get(LOGOUT)
        assert browser.get("/hall/submissions/").status_code == HTTPStatus.OK

        browser.post(LOGOUT)
        assert browser.get("/hall/submissions/").status_code == HTTPStatus.FOUND

    def test_after_signing_out_the_old_session_is_worthless(self, city):
        browser, thief = city.browser(OWNER), city.browser()
        thief.cookies[settings.SESSION_COOKIE_NAME] = browser.session.session_key
        assert thief.get("/hall/submissions/").status_code == HTTPStatus.OK

        browser.post(LOGOUT)

        assert thief.get("/hall/submissions/").status_code == HTTPStatus.FOUND

    def test_scripts_and_other_sites_do_not_get_the_cookies(self, city):
        browser = city.browser()
        browser.get(LOGIN)
        sign_in(browser)

        session = browser.cookies[settings.SESSION_COOKIE_NAME]
        assert session["httponly"]
        assert {session["samesite"], browser.cookies[settings.CSRF_COOKIE_NAME]["samesite"]} <= {"Lax", "Strict"}

    def test_a_new_password_ends_the_other_sessions(self, city):
        browser = city.browser(OWNER)
        account = city.account(OWNER)
        account.set_password("another quiet morning 2026")
        account.save()

        assert browser.get("/hall/submissions/").status_code == HTTPStatus.FOUND

    def test_a_closed_account_is_out_at_once(self, city):
        browser = city.browser("window")
        account = city.account("window")
        account.is_active = False
        account.save()

        assert browser.get("/approvals/").status_code == HTTPStatus.FOUND

    def test_an_expired_session_keeps_the_draft_and_leads_back_to_it(self, city):
        browser, page = city.browser(OWNER), f"{city.draft}form/2/"
        browser.post(page, {"shop_name": "泉水人家二店", "go": "later"})
        browser.session.flush()

        answer = browser.post(page, {"shop_name": "泉水人家三店", "go": "next"})
        assert answer["Location"].startswith(LOGIN)

        answer = sign_in(browser, next=page)
        assert answer["Location"] == page
        assert "泉水人家二店" in browser.get(page).content.decode()


class TestSigningIn:
    def test_is_locked_after_wrong_passwords_even_for_the_right_one(self, city):
        browser = city.browser()
        for _try in range(LOCKED_AFTER):
            assert sign_in(browser, password="wrong").status_code == HTTPStatus.OK

        answer = sign_in(browser)

        assert answer.status_code in {HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS}
        assert browser.get("/hall/submissions/").status_code == HTTPStatus.FOUND

    def test_each_wrong_password_stands_in_the_trail_without_what_was_typed(self, city):
        sign_in(city.browser(), password="my secret by mistake")

        entry = Entry.objects.filter(outcome="identity.wrong-password").latest("pk")
        assert "my secret by mistake" not in json.dumps([opened(entry), entry.leaf], ensure_ascii=False)
        assert entry.actor_name == "王小美"

    def test_says_the_same_for_a_wrong_password_and_an_unknown_name(self, city):
        def said(username):
            return html_of(sign_in(city.browser(), username, "wrong")).find(role="alert").get_text()

        assert said(OWNER) == said("nobody-at-all")


HTML, SVG = b"<!doctype html><script>alert(1)</script>", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
DISGUISED = [
    ("lease.pdf", HTML, "application/pdf"),
    ("lease.png", HTML, "image/png"),
    ("lease.svg", SVG, "image/svg+xml"),
    ("lease.png", SVG, "image/png"),
    ("lease.pdf", b"MZ\x90\x00" + b"\0" * 200, "application/pdf"),
    ("lease.pdf", b"PK\x03\x04" + b"\0" * 200, "application/pdf"),
    ("lease.pdf", b"", "application/pdf"),
]


class TestUploads:
    @pytest.mark.parametrize(("name", "content", "claimed"), DISGUISED)
    def test_a_file_in_disguise_is_refused_with_a_sentence(self, city, name, content, claimed):
        browser, address = city.browser(OWNER), f"{city.draft}materials/"
        page = html_of(browser.get(address))
        code = page.find("input", attrs={"name": "code"})["value"]

        answer = browser.post(address, {"code": code, "file": SimpleUploadedFile(name, content, claimed)})

        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert name in html_of(answer).find(role="alert").get_text()

    def test_what_was_uploaded_comes_back_as_a_download_only(self, city):
        licence = Licence.objects.order_by("pk").first().pk
        for path in (
            city.finished.submission + f"file/{city.things['hall', 'digest']}/",
            f"/hall/wallet/{licence}/",
        ):
            answer = city.browser(OWNER).get(path)

            assert answer["Content-Disposition"].startswith("attachment"), path
            assert answer["X-Content-Type-Options"] == "nosniff"

    def test_a_name_cannot_break_the_header_or_the_page(self, city):
        browser, address = city.browser(OWNER), f"{city.draft}materials/"
        code = html_of(browser.get(address)).find("input", attrs={"name": "code"})["value"]
        name = '"><img src=x onerror=alert(1)>\r\nSet-Cookie: a=b.pdf'

        browser.post(address, {"code": code, "file": SimpleUploadedFile(name, pdf("x"), "application/pdf")})

        page = html_of(browser.get(address))
        assert not page.find("img", src="x")


class TestHosts:
    @pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost@evil.example", ""])
    def test_a_foreign_host_is_refused(self, city, host):
        assert Client(HTTP_HOST=host).get(LOGIN).status_code == HTTPStatus.BAD_REQUEST

    def test_a_forwarded_host_is_not_believed(self, city):
        answer = city.browser(OWNER).get(city.finished.submission + "receipt/", HTTP_X_FORWARDED_HOST="evil.example")

        assert "evil.example" not in answer.content.decode()


@pytest.mark.parametrize("zone", ["extranet", "intranet"])
def test_django_s_own_checks_find_nothing_under_production_settings(zone, tmp_path):
    environment = {
        **os.environ,
        "QC_ZONE": zone,
        "QC_DATA": str(tmp_path),
        "QC_HTTPS": "1",
        "QC_HOSTS": "www.city.example",
        "QC_ORIGINS": "https://www.city.example",
        "PYTHONPATH": str(ROOT / "src"),
    }
    environment.pop("QC_DEBUG", None)
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-3000:]

"""SAML in a real browser: two sites, the policy of pages, cookies of each, with scripts and without."""

import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.urls import reverse
from django.utils import timezone
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client

from quancheng.security.identity import rules
from quancheng.security.identity.actions import saml as actions
from quancheng.security.identity.models import LogoutNotice, Session
from quancheng.security.identity.tests import saml_party as party
from quancheng.security.identity.tests.factories import PASSWORD, proven

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is absent: pysaml2 checks signatures with it"),
]
PAGE = "<!doctype html><meta charset='utf-8'><title>{0}</title><h1>{0}</h1>"
AXE = Path(__file__).resolve().parents[5] / "node_modules/axe-core/axe.min.js"
SHOTS = os.environ.get("QC_SCREENSHOTS", "")


def shot(page, name):
    """Keep a picture of the page, wide and narrow, where the guide's pictures are made anew."""
    if SHOTS:
        for kind, width in (("wide", 1440), ("narrow", 390)):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(SHOTS) / f"{name}-{kind}.png")
        page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture
def system(live_server, keys, keeper):
    """The department's system as a site of its own, on the other name of this machine: another site to the browser."""
    state = SimpleNamespace(told=None, library=None, binding=BINDING_HTTP_REDIRECT, wishes={}, silent=False)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            if path == "/start":
                _name, sent = state.library.prepare_for_authenticate(
                    entityid=f"{live_server.url}/identity/saml/metadata", binding=state.binding, relay_state="/files",
                    sign=True, **party.SIGNED, **state.wishes,
                )  # fmt: skip
                self.send(sent)
            elif path == "/saml/slo" and state.silent:
                self.page("维护中")
            elif path == "/saml/slo":
                self.leave({key: values[0] for key, values in query.items()})
            else:
                self.page("档案系统")

        def do_POST(self):
            fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            state.told = state.library.parse_authn_request_response(fields["SAMLResponse"][0], BINDING_HTTP_POST, None)
            self.page(f"{state.told.ava['name'][0]}，欢迎 {fields['RelayState'][0]}")

        def leave(self, fields):
            request = state.library.parse_logout_request(
                fields["SAMLRequest"], BINDING_HTTP_REDIRECT, relay_state=None, sigalg=fields["SigAlg"],
                signature=fields["Signature"],
            )  # fmt: skip
            reply = state.library.create_logout_response(request.message, [BINDING_HTTP_POST], sign=True, **SIGNED)
            end = f"{live_server.url}{reverse('identity:saml-logout')}"
            self.send(state.library.apply_binding(BINDING_HTTP_POST, str(reply), end, response=True))

        def send(self, sent):
            headers = dict(sent["headers"])
            if sent["method"] == "GET":
                self.send_response(302)
                self.send_header("Location", headers["Location"])
                self.end_headers()
            else:
                self.answer(str(sent["data"]).encode())

        def page(self, title):
            self.answer(PAGE.format(title).encode())

        def answer(self, content):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    provider = httpx.get(f"{live_server.url}/identity/saml/metadata", trust_env=False, timeout=60).text
    config = party.configuration(
        keys, provider=provider, entity=f"{state.address}/saml/metadata", authn_requests_signed=True,
        allow_unsolicited=True,
    )  # fmt: skip
    state.library, state.metadata = Saml2Client(config=config), party.metadata(config)
    yield state
    server.shutdown()
    server.server_close()


SIGNED = {"sign_alg": party.SIGNED["sigalg"], "digest_alg": party.SIGNED["digest_alg"]}


def refused(page):
    """Return what the browser refused to do; that some page has no picture for its tab is no matter."""
    return [text for text in page.complaints if "404" not in text]


def enrol(system, keeper, *, skip_consent):
    actions.register_saml_client(
        actor=proven(keeper), organisation="370100-scjg", name="档案系统", metadata_xml=system.metadata,
        scopes=("profile", "posts"), audience=("staff",), skip_consent=skip_consent, at=timezone.now(),
    )  # fmt: skip


def sign_in(page):
    page.fill("[name=login]", "clerk")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")


@pytest.mark.parametrize("binding", [BINDING_HTTP_REDIRECT, BINDING_HTTP_POST])
def test_leads_from_the_system_past_login_and_consent_back_and_out_again(
    page, live_server, system, keeper, clerk, binding
):
    enrol(system, keeper, skip_consent=False)
    system.binding = binding

    page.goto(f"{system.address}/start")
    page.wait_for_url("**/accounts/login/**")
    sign_in(page)
    page.wait_for_selector("button[value=grant]")
    shot(page, "saml-consent")
    page.click("button[value=grant]")
    page.wait_for_url(f"{system.address}/saml/acs")

    assert page.inner_text("h1") == "职员clerk，欢迎 /files"
    page.goto(f"{live_server.url}{reverse('identity:sessions')}")
    assert "档案系统" in page.inner_text("main")
    shot(page, "saml-sessions")
    page.goto(f"{live_server.url}{reverse('account_logout')}")
    page.click("main form[method=post] button")
    page.wait_for_url(lambda url: url.startswith(live_server.url) and "logout" not in url and "/saml/" not in url)
    assert LogoutNotice.objects.get().done_at
    assert not Session.objects.filter(account=clerk, ended_at=None).exists()
    assert refused(page) == []


def test_goes_straight_on_from_the_login_where_nobody_is_asked(page, system, keeper, clerk):
    enrol(system, keeper, skip_consent=True)

    page.goto(f"{system.address}/start")
    page.wait_for_url("**/accounts/login/**")
    sign_in(page)
    page.wait_for_url(f"{system.address}/saml/acs")

    assert system.told.ava["name"] == ["职员clerk"]
    assert refused(page) == []


def test_needs_no_scripts(chromium, system, keeper, clerk):
    enrol(system, keeper, skip_consent=True)
    page = chromium.new_context(java_script_enabled=False, locale="zh-CN").new_page()

    page.goto(f"{system.address}/start")
    sign_in(page)
    page.wait_for_selector("form[data-send] button")
    shot(page, "saml-send")
    page.click("form[data-send] button")
    page.wait_for_url(f"{system.address}/saml/acs")

    assert system.told.ava["name"] == ["职员clerk"]


@pytest.mark.skipif(not AXE.exists(), reason="node_modules is absent: run npm ci")
def test_the_pages_of_registering_are_accessible_and_fit_a_phone(page, live_server, system, keeper):
    page.goto(f"{live_server.url}{reverse('account_login')}")
    page.fill("[name=login]", "keeper")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_load_state()
    found = []
    page.goto(f"{live_server.url}{reverse('identity:new-saml-client')}")
    found += faults(page)
    page.fill("[name=name]", "档案系统")
    page.select_option("[name=organisation]", "370100-scjg")
    page.fill("[name=metadata_xml]", system.metadata.decode())
    page.click("main form[method=post] button[type=submit]")
    found += faults(page)
    shot(page, "saml-preview")
    page.click("[name=carry-out]")
    found += faults(page)
    shot(page, "saml-system")
    page.goto(f"{live_server.url}{reverse('identity:clients')}")
    found += faults(page)
    shot(page, "saml-systems")

    assert found == []
    assert "SAML 2.0" in page.inner_text("main")
    assert refused(page) == []


@pytest.mark.skipif(not AXE.exists(), reason="node_modules is absent: run npm ci")
@pytest.mark.parametrize(
    ("name", "level"), [("factors", rules.FACTORS_CONTEXT), ("certificate", rules.CERTIFICATE_CONTEXT)]
)
def test_the_page_that_asks_for_a_stronger_sign_in_is_accessible_and_fits_a_phone(
    page, system, keeper, clerk, name, level
):
    enrol(system, keeper, skip_consent=True)
    system.wishes = {"requested_authn_context": {"authn_context_class_ref": [level], "comparison": "exact"}}

    page.goto(f"{system.address}/start")
    sign_in(page)
    page.wait_for_selector("button[value=level]")
    found = faults(page)
    shot(page, f"saml-level-{name}")

    assert found == []
    assert refused(page) == []


@pytest.mark.skipif(not AXE.exists(), reason="node_modules is absent: run npm ci")
def test_who_signs_out_past_a_system_that_does_not_answer_is_told_which(page, live_server, system, keeper, clerk):
    enrol(system, keeper, skip_consent=True)
    page.goto(f"{system.address}/start")
    sign_in(page)
    page.wait_for_url(f"{system.address}/saml/acs")
    system.silent, ways = True, []
    page.on("request", lambda request: ways.append(request.url))

    page.goto(f"{live_server.url}{reverse('account_logout')}")
    page.click("main form[method=post] button")
    page.wait_for_url(f"{system.address}/saml/slo**")
    page.goto(next(url for url in reversed(ways) if "/saml/leave" in url))
    found = faults(page)
    shot(page, "saml-left")

    assert found == []
    assert "档案系统" in page.inner_text("main")


def faults(page):
    """Return what axe finds, and whether the page is wider than a phone."""
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE.read_text("utf-8"))
    seen = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    page.set_viewport_size({"width": 390, "height": 900})
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    return [f"{item['id']} {page.url}" for item in seen["violations"]] + [f"{wide} {page.url}"] * (wide > 390)

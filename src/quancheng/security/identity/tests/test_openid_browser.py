"""OpenID Connect in a real browser: a system at another address, the policy of our pages, the way back to it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.urls import reverse

from quancheng.security.identity import actions
from quancheng.security.identity.tests.factories import PASSWORD, proven, staff

pytestmark = [pytest.mark.heavy, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # of RFC 7636, appendix B


@pytest.fixture
def system():
    """A department's system at an address of its own; `told` are the answers that reached it."""
    state = SimpleNamespace(told=[])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            if path == "/callback":
                state.told.append(query)
            link = f"<a id='start' href='{state.start}'>登录</a>" if path == "/" else ""
            content = f"<!doctype html><meta charset='utf-8'><title>OA</title><h1>OA</h1>{link}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def enrol(live_server, system):
    def enrolled(*, skip_consent):
        keeper = staff("keeper", privileges=("identity.client.register",), organisation="370100")
        staff("clerk")
        client_id, _secret = actions.register_client(
            actor=proven(keeper), organisation="370100-scjg", name="市场监管办公系统",
            redirect_uris=[f"{system.address}/callback"], skip_consent=skip_consent,
        )  # fmt: skip
        asked = {
            "client_id": client_id, "redirect_uri": f"{system.address}/callback", "response_type": "code",
            "scope": "openid", "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        }  # fmt: skip
        system.start = f"{live_server.url}{reverse('idp:oidc:authorization')}?{urlencode(asked)}"

    return enrolled


def sign_in(page):
    page.wait_for_url("**/accounts/login/**")
    page.fill("[name=login]", "clerk")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")


def refused(page):
    return [text for text in page.complaints if "404" not in text]


@pytest.mark.parametrize("skip_consent", [True, False])
def test_leads_from_the_system_past_the_login_back_to_it(page, system, enrol, skip_consent):
    enrol(skip_consent=skip_consent)

    page.goto(system.address)
    page.click("#start")
    sign_in(page)
    if not skip_consent:
        page.click("button[name=action][value=grant]")
    page.wait_for_url(f"{system.address}/callback?**")

    assert system.told[0]["state"] == ["s"]
    assert refused(page) == []


def test_leads_who_has_signed_in_already_straight_back(page, live_server, system, enrol):
    enrol(skip_consent=True)
    page.goto(f"{live_server.url}{reverse('account_login')}")
    sign_in(page)
    page.wait_for_load_state()

    page.goto(system.address)
    page.click("#start")
    page.wait_for_url(f"{system.address}/callback?**")

    assert "code" in system.told[0]


def test_needs_no_scripts(chromium, system, enrol):
    enrol(skip_consent=True)
    page = chromium.new_context(java_script_enabled=False, locale="zh-CN").new_page()

    page.goto(system.address)
    page.click("#start")
    sign_in(page)
    page.wait_for_selector("a[data-send]")
    page.click("a[data-send]")
    page.wait_for_url(f"{system.address}/callback?**")

    assert "code" in system.told[0]

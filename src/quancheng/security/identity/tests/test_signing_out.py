"""Departments' systems hear that somebody has signed out here: a real server listens."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from allauth.idp.oidc.models import Token
from django.urls import reverse
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from quancheng.security.identity import actions
from quancheng.security.identity.actions import signing_out
from quancheng.security.identity.adapters import signing_out as adapter
from quancheng.security.identity.models import LogoutNotice, Session, SystemSignIn
from quancheng.security.identity.tests.factories import PASSWORD, proven, staff
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
CALLBACK = "https://oa.example/callback"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
RIGHTS = ("identity.client.register", "identity.client.change", "identity.session.end")


@pytest.fixture
def system():
    """A department's system: what it heard, and what it answers."""
    heard = SimpleNamespace(tokens=[], types=[], status=200, promised=0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.tokens += parse_qs(body)["logout_token"]
            heard.types.append(self.headers["Content-Type"])
            self.send_response(heard.status)
            if heard.promised:
                self.send_header("Content-Length", str(heard.promised))
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    heard.address = f"http://127.0.0.1:{server.server_address[1]}/logout"
    yield heard
    server.shutdown()
    server.server_close()


@pytest.fixture
def keeper():
    return proven(staff("keeper", privileges=RIGHTS, organisation="370100"))


@pytest.fixture
def clerk():
    return staff("clerk")


def register(keeper, logout_uri):
    made, _secret = actions.register_client(
        actor=keeper, organisation="370100-scjg", name=f"系统{logout_uri[-6:]}", redirect_uris=[CALLBACK],
        skip_consent=True, logout_uri=logout_uri,
    )  # fmt: skip
    return made


def sign_in(client, made):
    client.post(reverse("account_login"), {"login": "clerk", "password": PASSWORD})
    answer = client.get(
        reverse("idp:oidc:authorization"),
        {
            "client_id": made, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid", "state": "s",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        },
        headers={"accept": "text/html"},
    )  # fmt: skip
    assert "code=" in answer["Location"]


def deliver(after=timedelta(0)):
    return signing_out.deliver_notices(at=timezone.now() + after)


class TestSigningOut:
    def test_is_told_with_a_token_that_the_published_key_verifies(self, client, keeper, clerk, system):
        made = register(keeper, system.address)
        sign_in(client, made)
        Token.objects.create(type=Token.Type.REFRESH_TOKEN, hash="x", client_id=made, user=clerk)

        client.post(reverse("account_logout"))
        assert deliver() == 1
        assert deliver() == 0

        keys = KeySet.import_key_set(client.get("/.well-known/jwks.json").json())
        told = jwt.decode(system.tokens[0], keys, algorithms=["RS256"])
        assert told.header["typ"] == "logout+jwt"
        assert (told.claims["iss"], told.claims["aud"]) == ("http://testserver", made)
        assert told.claims["sub"] == str(clerk.pk)
        assert told.claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
        assert told.claims["exp"] > told.claims["iat"]
        assert told.claims["jti"]
        assert "nonce" not in told.claims
        assert system.types == ["application/x-www-form-urlencoded"]
        assert not Token.objects.filter(user=clerk).exists()
        assert trail.entries(subject=clerk.actor_id, action="identity.client.sign-out").items[0].outcome == "done"

    def test_is_heard_by_a_system_whose_answer_never_ends(self, system):
        system.promised = 10**12

        assert adapter.deliver(system.address, "token") == (True, True, "200")

    def test_from_afar_is_told_too(self, client, keeper, clerk, system):
        sign_in(client, register(keeper, system.address))

        actions.end_session(actor=keeper, session_id=Session.objects.get(account=clerk).pk, at=timezone.now())
        deliver()

        assert len(system.tokens) == 1

    def test_reaches_only_systems_that_were_signed_in_to_from_that_session(self, client, keeper, clerk, system):
        register(keeper, system.address)
        sign_in(client, register(keeper, ""))

        client.post(reverse("account_logout"))

        assert deliver() == 0
        assert not SystemSignIn.objects.exists()

    def test_undone_tells_nobody(self, client, keeper, clerk, system, monkeypatch):
        sign_in(client, register(keeper, system.address))

        def broken(**_facts):
            raise RuntimeError

        monkeypatch.setattr("quancheng.security.pmi.actions.ways_in.trail.record", broken)
        with pytest.raises(RuntimeError):
            actions.end_session(actor=keeper, session_id=Session.objects.get(account=clerk).pk, at=timezone.now())

        assert not LogoutNotice.objects.exists()


class TestASystemThatDoesNotHear:
    def test_is_told_again_later_under_the_same_name(self, client, keeper, clerk, system):
        sign_in(client, register(keeper, system.address))
        client.post(reverse("account_logout"))
        system.status = 503

        assert deliver() == 1
        assert deliver() == 0
        system.status = 204
        assert deliver(timedelta(seconds=6)) == 1

        keys = KeySet.import_key_set(client.get("/.well-known/jwks.json").json())
        names = {jwt.decode(token, keys).claims["jti"] for token in system.tokens}
        assert len(system.tokens) == 2
        assert len(names) == 1
        assert LogoutNotice.objects.get().done_at

    def test_is_given_up_after_the_last_try_and_stands_in_the_trail(self, client, keeper, clerk, system):
        sign_in(client, register(keeper, system.address))
        client.post(reverse("account_logout"))
        system.status = 500

        tries, days = 0, timedelta(0)
        while deliver(days):
            tries, days = tries + 1, days + timedelta(days=1)

        assert tries == len(signing_out.WAITS) + 1
        assert trail.entries(action="identity.client.sign-out").items[0].outcome == "identity.system-did-not-hear"

    @pytest.mark.parametrize("status", [400, 302])
    def test_that_refuses_is_not_pressed_and_leads_nowhere_else(self, client, keeper, clerk, system, status):
        sign_in(client, register(keeper, system.address))
        client.post(reverse("account_logout"))
        system.status = status

        deliver()

        found = LogoutNotice.objects.get()
        assert found.answer == str(status)
        assert bool(found.given_up_at) is (status == 400)
        assert len(system.tokens) == 1

    def test_that_is_not_there_is_tried_again(self, client, keeper, clerk):
        sign_in(client, register(keeper, "http://127.0.0.1:1/logout"))
        client.post(reverse("account_logout"))

        deliver()

        assert LogoutNotice.objects.get().due_at > timezone.now()


@pytest.mark.parametrize("address", ["http://oa.example/logout", "https://*.example/", "ftp://oa.example/"])
def test_an_address_for_signing_out_is_https_or_this_machine(keeper, address):
    with pytest.raises(actions.BadCallback):
        register(keeper, address)


def test_discovery_says_that_systems_can_hear_of_it(client):
    told = client.get("/.well-known/openid-configuration").json()

    assert told["backchannel_logout_supported"] is True
    assert told["backchannel_logout_session_supported"] is False

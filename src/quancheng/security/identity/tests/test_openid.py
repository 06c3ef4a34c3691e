"""A department's system signs people in, with the library that such systems use; and who may register one."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from allauth.idp.oidc.models import Client as RegisteredClient
from django.test import Client
from django.urls import reverse

from quancheng.security.identity import actions, rules
from quancheng.security.identity.tests.factories import MARKET, citizen, prove, proven, staff
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

ROOT = Path(__file__).resolve().parents[5]
CALLBACK = "https://oa.example/callback"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # of RFC 7636, appendix B
RIGHTS = tuple(f"identity.client.{name}" for name in ("read", "register", "change", "renew-secret", "remove"))
NEEDS_NODE = pytest.mark.skipif(
    not ((ROOT / "node_modules" / "openid-client").exists() and shutil.which("node")),
    reason="node or node_modules/openid-client is absent: run npm ci",
)


@pytest.fixture
def keeper():
    return staff("keeper", privileges=RIGHTS, organisation="370100")


@pytest.fixture
def clerk():
    return staff("clerk")


def register(keeper, **wishes):
    facts = {"organisation": "370100-scjg", "name": "市场监管办公系统", "redirect_uris": [CALLBACK], **wishes}
    return actions.register_client(actor=proven(keeper), **facts)


@NEEDS_NODE
@pytest.mark.django_db(transaction=True)
class TestAnIndependentClient:
    @pytest.fixture
    def site(self, live_server):
        return live_server.url

    def library(self, step, site, client, **wishes):
        wish = {
            "step": step,
            "issuer": site,
            "client_id": client[0],
            "secret": client[1],
            "callback": CALLBACK,
            **wishes,
        }
        # The library is found from the script's own place, so the script stands where the packages are.
        script = (Path(__file__).parent / "openid_client.mjs").read_text()
        answer = subprocess.run(
            ["node", "--input-type=module", "-", json.dumps(wish)],
            input=script, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
        )  # fmt: skip
        assert answer.stdout, answer.stderr
        return json.loads(answer.stdout)

    def browser(self, site, account):
        browser = Client(HTTP_HOST=site.removeprefix("http://"), HTTP_ACCEPT="text/html")
        browser.force_login(account)
        return browser

    def consent(self, browser, url, *, action="grant"):
        page = browser.get(url)
        assert page.status_code == 200, page.content[:300]
        form = page.context["form"]
        wish = {"request": form.initial["request"], "scopes": form.fields["scopes"].initial, "action": action}
        return page, browser.post(reverse("idp:oidc:authorization"), wish)

    def test_signs_somebody_in_and_learns_name_organisation_and_posts(self, site, keeper, clerk):
        client = register(keeper, scopes=("profile", "posts"))
        started = self.library("start", site, client, scope="openid profile posts")

        page, answer = self.consent(self.browser(site, clerk), started["url"])
        done = self.library(
            "finish",
            site,
            client,
            returned=answer["Location"],
            **{k: started[k] for k in ("verifier", "state", "nonce")},
        )

        assert "error" not in done
        assert "市场监管办公系统" in page.content.decode()
        assert done["claims"]["sub"] == str(clerk.pk)
        assert done["told"]["name"] == "职员clerk"
        assert (done["told"]["organisation"], done["told"]["organisation_name"]) == (MARKET, "济南市市场监督管理局")
        assert [post["title"] for post in done["told"]["posts"]] == ["岗位clerk"]
        assert done["renewed"]
        assert not any("3701021990" in str(value) for value in done["told"].values())
        entry = trail.entries(subject=clerk.actor_id, action="identity.client.sign-in").items[0]
        assert entry.detail["to"] == "https://oa.example"

    def test_learns_no_more_than_it_is_registered_for(self, site, keeper, clerk):
        client = register(keeper, scopes=())
        started = self.library("start", site, client, scope="openid posts")

        answer = self.browser(site, clerk).get(started["url"])

        assert "error=invalid_scope" in answer.headers["Location"]

    def test_is_told_when_the_person_says_no(self, site, keeper, clerk):
        client = register(keeper)
        started = self.library("start", site, client, scope="openid")

        _page, answer = self.consent(self.browser(site, clerk), started["url"], action="cancel")

        assert "error=access_denied" in answer["Location"]

    def test_cannot_use_a_code_without_its_proof_key(self, site, keeper, clerk):
        client = register(keeper)
        started = self.library("start", site, client, scope="openid")
        _page, answer = self.consent(self.browser(site, clerk), started["url"])

        done = self.library(
            "finish", site, client, returned=answer["Location"],
            verifier="x" * 43, state=started["state"], nonce=started["nonce"],
        )  # fmt: skip

        assert done["error"] == "invalid_grant"

    def test_speaks_for_itself_only_when_it_may(self, site, keeper):
        silent, speaking = register(keeper), register(keeper, name="数据接口", speaks_for_itself=True)

        assert self.library("alone", site, speaking) == {"type": "bearer", "token": True}
        assert "error" in self.library("alone", site, silent)
        assert "error" in self.library("alone", site, (speaking[0], "wrong secret"))


@pytest.mark.django_db
class TestThePageOfConsent:
    def ask(self, browser, client, **changes):
        question = {
            "client_id": client[0], "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid",
            "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
            **changes,
        }  # fmt: skip
        return browser.get(reverse("idp:oidc:authorization"), question, headers={"accept": "text/html"})

    def test_asks_a_stranger_to_sign_in_first(self, client, keeper):
        answer = self.ask(client, register(keeper))

        assert answer.url.startswith("/accounts/login/")

    def test_lets_the_browser_return_to_that_system_and_no_other(self, client, keeper, clerk):
        client.force_login(clerk)

        policy = self.ask(client, register(keeper)).headers["Content-Security-Policy"]

        assert "form-action 'self' https://oa.example" in policy

    def test_refuses_a_system_without_proof_key(self, client, keeper, clerk):
        client.force_login(clerk)

        assert self.ask(client, register(keeper), code_challenge="").status_code == 400

    def test_never_returns_to_an_address_that_is_not_registered(self, client, keeper, clerk):
        client.force_login(clerk)

        answer = self.ask(client, register(keeper), redirect_uri="https://evil.example/")

        assert "Location" not in answer.headers
        assert "idp/oidc/error.html" in [template.name for template in answer.templates]

    def test_is_closed_to_kinds_that_the_system_is_not_for(self, client, keeper):
        client.force_login(citizen())

        assert self.ask(client, register(keeper)).status_code == 403
        assert self.ask(client, register(keeper, audience=("citizen",))).status_code == 200

    def test_made_for_one_person_does_not_open_the_system_to_another(self, client, keeper, clerk):
        client.force_login(clerk)
        form = self.ask(client, register(keeper)).context["form"]

        client.force_login(citizen())
        wish = {"request": form.initial["request"], "scopes": ["openid"], "action": "grant"}
        answer = client.post(reverse("idp:oidc:authorization"), wish, headers={"accept": "text/html"})

        assert answer.status_code == 403

    def test_is_left_out_where_the_city_says_so(self, client, keeper, clerk):
        client.force_login(clerk)

        answer = self.ask(client, register(keeper, skip_consent=True))

        assert answer.headers["Location"].startswith(f"{CALLBACK}?code=")

    def test_knows_no_unregistered_system(self, client, clerk):
        client.force_login(clerk)

        assert self.ask(client, ("nobody", "")).status_code == 404


@pytest.mark.django_db
class TestRegistering:
    @pytest.mark.parametrize(
        ("wishes", "refusal"),
        [
            ({"redirect_uris": ["http://oa.example/"]}, actions.BadCallback),
            ({"redirect_uris": ["https://*.example/"]}, actions.BadCallback),
            ({"redirect_uris": []}, actions.CallbackMissing),
            ({"signs_people_in": False}, actions.NothingAllowed),
        ],
    )
    def test_refuses_what_would_be_unsafe_or_useless(self, keeper, wishes, refusal):
        with pytest.raises(refusal):
            register(keeper, **wishes)

    def test_is_for_ones_own_organisation(self, db):
        local = staff("local", privileges=RIGHTS, organisation="370100-xfjy")

        with pytest.raises(pmi.Forbidden):
            register(local)

    def test_shows_the_secret_once_and_keeps_only_its_hash(self, client, keeper):
        prove(client, keeper)
        answer = client.post(
            reverse("identity:new-client"),
            {
                "organisation": "370100-scjg", "name": "办公系统", "redirect_uris": CALLBACK, "audience": ["staff"],
                "scopes": ["profile"], "signs_people_in": "on",
            },
        )  # fmt: skip

        secret = answer.context["secret"]
        made = RegisteredClient.objects.get()
        assert answer["Cache-Control"] == "no-store"
        assert made.check_secret(secret)
        assert secret not in client.get(reverse("identity:client", args=[made.pk])).content.decode()
        assert "办公系统" in client.get(reverse("identity:clients")).content.decode()

    def test_a_new_secret_ends_the_old_one_and_removing_ends_all(self, client, keeper):
        prove(client, keeper)
        made, old = register(keeper)

        new = client.post(reverse("identity:renew-secret", args=[made])).context["secret"]
        assert not RegisteredClient.objects.get().check_secret(old)
        assert RegisteredClient.objects.get().check_secret(new)

        assert client.post(reverse("identity:remove-client", args=[made])).url == reverse("identity:clients")
        assert not RegisteredClient.objects.exists()

    def test_can_be_changed(self, client, keeper):
        prove(client, keeper)
        made, _secret = register(keeper)
        address = reverse("identity:change-client", args=[made])
        assert "市场监管办公系统" in client.get(address).content.decode()

        client.post(
            address, {"name": "新名", "audience": ["staff"], "redirect_uris": CALLBACK, "signs_people_in": "on"}
        )

        assert RegisteredClient.objects.get().name == "新名"


@pytest.mark.django_db
def test_discovery_promises_only_what_is_kept(client):
    told = client.get("/.well-known/openid-configuration").json()

    assert told["response_types_supported"] == ["code"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert set(told["grant_types_supported"]) == set(rules.GRANT_TYPES)
    assert "posts" in told["scopes_supported"]
    assert "device_authorization_endpoint" not in told


@pytest.mark.django_db
class TestDevicesWithoutABrowser:
    """RFC 8628, which the library brings along and which would pass by proof keys and by who may sign in where."""

    @pytest.mark.parametrize("name", ["device_authorization", "device_code"])
    def test_find_no_page_here(self, client, clerk, name):
        client.force_login(clerk)

        assert client.get(reverse(f"idp:oidc:{name}")).status_code == 404
        assert client.post(reverse(f"idp:oidc:{name}"), {"client_id": "any", "action": "confirm"}).status_code == 404

    def test_get_no_token(self, client):
        asked = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "a" * 20}

        answer = client.post(reverse("idp:oidc:token"), asked)

        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://oa.example/callback", True), ("http://127.0.0.1:8000/", True), ("http://oa.example/", False),
        ("https://oa.example/#part", False), ("https://*.example/", False), ("javascript:alert(1)", False), ("", False),
    ],
)  # fmt: skip
def test_a_return_address_is_https_or_this_machine(address, good):
    assert rules.is_callback(address) is good

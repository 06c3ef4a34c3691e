"""The services over HTTP, called by a registered system with a token of our own provider."""

import base64
import hashlib
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from quancheng.security.crypto import rules
from quancheng.security.crypto.engine.operations import OPERATIONS
from quancheng.security.crypto.tests.conftest import CODE, EVERYTHING, NAME, PLACE, System, pdf
from quancheng.security.identity.tests.factories import citizen, staff
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
TEXT = "关于印发工作方案的通知".encode()
XML = "<公文><标题>通知</标题></公文>".encode()


def raw(text):
    return base64.b64decode(text)


class TestSign:
    def test_gives_a_cms_signature_that_openssl_believes(self, system, openssl):
        made = system.does("sign", content=TEXT)

        verify = (
            "cms",
            "-verify",
            "-binary",
            "-purpose",
            "any",
            "-inform",
            "DER",
            "-in",
            "message",
            "-CAfile",
            "roots.pem",
        )
        assert openssl(*verify, "-content", "text", message=raw(made.signature), text=TEXT).returncode == 0
        assert openssl(*verify, "-content", "text", text=b"other").returncode != 0
        assert (made.organisation, made.name, made.digest) == (CODE, NAME, hashlib.sha256(TEXT).hexdigest())

    @pytest.mark.parametrize("form", ["cms", "jws"])
    def test_is_verified_over_this_content_and_no_other(self, system, form):
        made = system.does("sign", content=TEXT, form=form)

        good = system.does("verify", signature=raw(made.signature), content=TEXT, form=form)
        bad = system.does("verify", signature=raw(made.signature), content=b"other", form=form)

        assert (good.valid, good.organisation, good.problems) == (True, CODE, [])
        assert not bad.valid
        assert bad.problems

    @pytest.mark.parametrize("enclosed", [True, False])
    @pytest.mark.parametrize("form", ["xades", "cades"])
    def test_that_is_to_last_says_when_it_was_made(self, system, form, enclosed):
        made = system.does("sign", content=XML, form=form, enclosed=enclosed)

        wish = {"signature": raw(made.signature), "form": form} | ({} if enclosed else {"content": XML})
        verdict = system.does("verify", **wish)

        assert (verdict.valid, verdict.organisation, verdict.problems) == (True, CODE, [])
        assert verdict.at

    def test_tells_what_is_no_xml(self, system):
        answer = system.call("sign", content=b"<a><!DOCTYPE", form="xades", enclosed=True)

        assert (answer.status_code, answer.json()["type"]) == (422, "urn:quancheng:refusal:pki.unsignable")

    def test_seals_a_pdf(self, system):
        made = system.does("sign", content=pdf("one page"), form="pades", reason="印发")

        verdict = system.does("verify", signature=raw(made.signature), form="pades")

        assert (verdict.valid, verdict.organisation) == (True, CODE)
        assert verdict.at

    def test_tells_what_cannot_be_sealed(self, system):
        answer = system.call("sign", content=b"no PDF", form="pades")

        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        assert answer.json()["type"] == "urn:quancheng:refusal:pki.unsealable"

    def test_is_for_the_caller_s_own_organisation(self, system):
        answer = system.call("sign", content=TEXT, organisation="370100-xfjy")

        assert answer.status_code == 403

    def test_leaves_an_entry_with_the_digest_and_without_the_content(self, system):
        system.does("sign", content=TEXT)

        found = trail.entries(subject=f"digest:{hashlib.sha256(TEXT).hexdigest()}").items[0]
        assert (found.action, found.actor_id, found.outcome) == ("crypto.signature.make", f"client:{system.id}", "done")
        assert TEXT.decode() not in str(found)


class TestEncryption:
    def test_what_is_encrypted_to_an_organisation_it_opens(self, system):
        made = system.does("encrypt", content=TEXT, recipient=CODE)

        assert raw(system.does("decrypt", message=raw(made.message)).content) == TEXT

    def test_openssl_encrypts_to_our_certificate_and_we_open_it(self, system, openssl):
        system.does("encrypt", content=b"x", recipient=CODE)
        from quancheng.security.crypto.models import EncryptionKey

        certificate = EncryptionKey.objects.get().certificate.encode()
        method = ("-aes-256-gcm", "-recip", "certificate", "-keyopt", "ecdh_kdf_md:sha256")
        made = openssl(
            "cms", "-encrypt", "-binary", "-in", "text", "-outform", "DER", *method, text=TEXT, certificate=certificate
        )

        assert raw(system.does("decrypt", message=made.stdout).content) == TEXT

    def test_another_organisation_cannot_open_it(self, system):
        made = system.does("encrypt", content=TEXT, recipient="370100-xfjy")

        answer = system.call("decrypt", message=raw(made.message))

        assert answer.status_code == 422
        assert answer.json()["type"].endswith("crypto.unopened")

    def test_a_changed_message_is_refused_with_a_sentence(self, system):
        made = bytearray(raw(system.does("encrypt", content=TEXT, recipient=CODE).message))
        made[-1] ^= 1

        assert system.call("decrypt", message=bytes(made)).status_code == 422

    def test_a_certificate_for_signing_is_refused(self, system):
        from cryptography.hazmat.primitives.serialization import Encoding

        from quancheng.security.pki import public as pki

        seal = pki.organisation_signer(CODE).certificate.public_bytes(Encoding.PEM).decode()
        answer = system.call("encrypt", content=TEXT, certificate=seal)

        assert answer.status_code == 422


class TestHash:
    @pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512", "sm3"])
    def test_is_the_digest(self, system, algorithm):
        made = system.does("hash", content=TEXT, algorithm=algorithm)

        assert made.digest == hashlib.new(algorithm, TEXT).hexdigest()

    def test_takes_an_empty_content(self, system):
        assert system.does("hash", content=b"").digest == hashlib.sha256(b"").hexdigest()


class TestTimestamp:
    def test_is_over_the_content_and_verified(self, system):
        made = system.does("timestamp", content=TEXT)

        good = system.does("verify", signature=raw(made.token), form="timestamp", content=TEXT)
        bad = system.does("verify", signature=raw(made.token), form="timestamp", content=b"other")

        assert (good.valid, good.at, bad.valid) == (True, made.at, False)

    def test_a_digest_of_another_length_is_refused(self, system):
        assert system.call("timestamp", digest="00").status_code == 422


class TestTokens:
    def test_without_one_nothing_is_done(self, system):
        answer = Client().post("/api/crypto/hash", b"{}", content_type="application/json")

        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("token", ["nonsense", "", "x" * 5000, "ключ"])
    def test_a_wrong_one_is_refused(self, system, token):
        answer = Client().post(
            "/api/crypto/hash", b"{}", content_type="application/json", headers={"authorization": f"Bearer {token}"}
        )

        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer["WWW-Authenticate"]

    def test_one_that_is_over_is_refused(self, system):
        from allauth.idp.oidc.models import Token

        token = system.token().json()["access_token"]
        Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        assert system.call("hash", token, content=TEXT).status_code == 401

    def test_reaches_no_further_than_its_scopes(self, system):
        token = system.token([rules.PRIVILEGES["hash"]]).json()["access_token"]

        assert system.call("hash", token, content=TEXT).status_code == 200
        assert system.call("sign", token, content=TEXT).status_code == 403

    def test_loses_what_the_system_is_no_longer_registered_for(self, system):
        from allauth.idp.oidc.models import Client as Registered

        token = system.token().json()["access_token"]
        Registered.objects.update(scopes="openid")

        assert system.call("hash", token, content=TEXT).status_code == 403

    def test_cannot_have_scopes_beyond_the_registration(self, site):
        answer = System([rules.PRIVILEGES["hash"]]).token(EVERYTHING)

        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_scope"


class TestStaff:
    def post(self, browser, operation="hash", **more):
        body = json.dumps({"content": base64.b64encode(TEXT).decode()})
        return browser.post(f"/api/crypto/{operation}", body, content_type="application/json", **more)

    def test_calls_with_the_session_and_the_page_s_token(self, clerk):
        browser = Client(enforce_csrf_checks=True, HTTP_HOST="localhost")
        browser.force_login(clerk)
        assert self.post(browser).status_code == 403

        browser.cookies["all_csrf"] = "a" * 32
        answer = self.post(browser, headers={"x-csrftoken": "a" * 32})

        assert answer.status_code == 200

    def test_without_the_privilege_is_refused_and_entered(self, client, site):
        nobody = staff("nobody")
        client.force_login(nobody)

        assert self.post(client).status_code == 403
        assert trail.entries(actor=nobody.actor_id).items[0].outcome == "pmi.forbidden"

    def test_citizens_are_refused(self, client, site):
        client.force_login(citizen())

        assert self.post(client).status_code == 403


class TestQuota:
    def test_ends_the_calls_of_the_day_and_says_when_it_begins_anew(self, system, quota):
        quota(f"client:{system.id}", 2)
        for _call in range(2):
            system.does("hash", content=TEXT)

        answer = system.call("hash", content=TEXT)

        assert answer.status_code == 429
        assert 0 < int(answer["Retry-After"]) <= 86400
        assert answer.json()["resets_at"].endswith("T00:00:00+08:00")
        assert trail.entries(actor=f"client:{system.id}").items[0].outcome == "crypto.quota-spent"

    def test_is_not_spent_by_what_was_refused(self, system, quota):
        quota(f"client:{system.id}", 1)
        assert system.call("sign", content=b"no PDF", form="pades").status_code == 422

        assert system.call("hash", content=TEXT).status_code == 200

    def test_of_one_caller_is_not_another_s(self, system, quota, client, clerk):
        quota(f"client:{system.id}", 0)
        client.force_login(clerk)

        assert system.call("hash", content=TEXT).status_code == 429
        assert TestStaff().post(client).status_code == 200


BAD = [
    (b"words", "not JSON"),
    (b"[]", "no object"),
    (b"{", "broken"),
    (b"[" * 100_000, "too deep"),
    (b'{"content": 1}', "number"),
    (b'{"content": "%%%"}', "no base64"),
    (b'{"content": "", "more": 1}', "unknown member"),
    (b'{"content": "", "algorithm": "md5"}', "not offered"),
    (b'{"content": "", "algorithm": "\\u0000"}', "NUL"),
    (b'{"content": "", "algorithm": "\\ud800"}', "half a surrogate"),
    (b'{"content": "\xff"}', "not UTF-8"),
]


class TestBody:
    @pytest.mark.parametrize("body", [body for body, _name in BAD], ids=[name for _body, name in BAD])
    def test_a_wrong_one_is_told_where(self, system, body):
        token = system.token().json()["access_token"]
        answer = system.client.post(
            "/api/crypto/hash", body, content_type="application/json", headers={"authorization": f"Bearer {token}"}
        )

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["detail"]

    def test_a_large_one_is_refused(self, system):
        assert system.call("hash", content=bytes(4 * 1024 * 1024)).status_code == 413

    def test_another_type_is_refused(self, system):
        token = system.token().json()["access_token"]
        answer = system.client.post("/api/crypto/hash", {"content": ""}, headers={"authorization": f"Bearer {token}"})

        assert answer.status_code == 415

    def test_an_unknown_organisation_is_said(self, system):
        assert system.call("sign", content=TEXT, organisation="nowhere").status_code == 404

    def test_exactly_one_recipient_is_wanted(self, system):
        assert system.call("encrypt", content=TEXT).status_code == 400
        assert system.call("encrypt", content=TEXT, recipient=CODE, certificate="x").status_code == 400


class TestOpenApi:
    def test_describes_every_operation(self, client, db):
        document = client.get("/api/crypto/openapi.json").json()

        assert {path.strip("/") for path in document["paths"]} == set(OPERATIONS)
        assert document["openapi"] == "3.1.0"

    def test_answers_hold_what_is_described(self, system):
        document = system.client.get("/api/crypto/openapi.json").json()
        for operation in ("hash", "sign", "timestamp"):
            described = document["paths"][f"/{operation}"]["post"]["responses"]["200"]["content"]["application/json"]
            assert set(system.call(operation, content=TEXT).json()) <= set(described["schema"]["properties"])

    def test_is_explained_on_a_page(self, client, db):
        assert "crypto.signature.make" in client.get("/crypto/api/").content.decode()


def test_a_system_s_organisation_is_its_place(system):
    system.does("hash", content=TEXT)

    assert trail.entries(actor=f"client:{system.id}").items[0].organisation == PLACE

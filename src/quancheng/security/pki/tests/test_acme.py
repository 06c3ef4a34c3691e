"""The ACME server, asked properly and by somebody who plays foul."""

import json
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.pki import public as pki
from quancheng.security.pki import queries
from quancheng.security.pki.actions import acme as actions
from quancheng.security.pki.engine import acme, certificates, signing
from quancheng.security.pki.models import AcmeChallenge, AcmeOrder, Certificate
from quancheng.security.pki.tests.acme_client import TREE, Client, csr
from quancheng.security.pki.tests.conftest import OFFICER
from quancheng.security.pki.web import certificates as pages
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db


NAMES = st.sampled_from(
    [
        "identifiers",
        "type",
        "value",
        "dns",
        "replaces",
        "certificate",
        "reason",
        "contact",
        "account",
        "oldKey",
        "protected",
        "payload",
        "signature",
        "a.jinan.example",
        "externalAccountBinding",
    ]
)
JSON = st.dictionaries(
    NAMES,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | NAMES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def now():
    return datetime.now(UTC)


def kind_of(reply):
    assert reply["Content-Type"] == acme.PROBLEM_TYPE, reply.content
    return reply.json()["type"].removeprefix(acme.ERRORS)


class TestOrder:
    def test_from_order_to_certificate_by_http(self, device, shown, openssl):
        leaf, authority = device.obtain(shown, f"a.{TREE}", f"b.{TREE}")

        leaf.verify_directly_issued_by(authority)
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert found.get_values_for_type(x509.DNSName) == [f"a.{TREE}", f"b.{TREE}"]
        row = Certificate.objects.get(profile="server")
        assert (row.subject_code, row.names) == ("370100-sjj", [f"a.{TREE}", f"b.{TREE}"])

    def test_a_wildcard_is_proved_by_dns_alone(self, device, names):
        order = device.order(f"*.{TREE}").json()
        proof = device.post(order["authorizations"][0]).json()
        assert proof["wildcard"]
        assert [item["type"] for item in proof["challenges"]] == ["dns-01"]

        device.prove(
            order, "dns-01",
            lambda host, token, text: names(TXT={f"_acme-challenge.{host}": ["other", acme.dns_proof(text)]}),
        )  # fmt: skip

        assert device.post(order["finalize"].removesuffix("/finalize")).json()["status"] == "ready"

    def test_a_wrong_proof_ends_the_order(self, device, shown):
        order = device.order(f"a.{TREE}").json()
        device.prove(order, "http-01", lambda host, token, text: shown.update(
            {f"/.well-known/acme-challenge/{token}": text[:-1] + "~"}))  # fmt: skip

        seen = device.post(order["finalize"].removesuffix("/finalize")).json()
        assert seen["status"] == "invalid"
        assert seen["error"]["type"].endswith("incorrectResponse")

    def test_names_without_address_or_outside_the_networks_prove_nothing(self, device, names):
        names(A={f"a.{TREE}": ["192.0.2.1"]})
        for host, problem in ((f"a.{TREE}", "connection"), (f"x.{TREE}", "dns")):
            order = device.order(host).json()
            device.prove(order, "http-01", lambda *_proof: None)
            seen = device.post(order["finalize"].removesuffix("/finalize")).json()
            assert seen["error"]["type"].endswith(problem)

    @pytest.mark.parametrize(
        "host", ["a.example", "eviljinan.example", "10.0.0.1", "a..jinan.example", "*.*.jinan.example"]
    )
    def test_names_outside_the_leave_are_rejected(self, device, host):
        assert kind_of(device.order(host)) == "rejectedIdentifier"

    def test_a_csr_for_other_names_is_refused(self, device, shown):
        order = device.order(f"a.{TREE}").json()
        device.prove(
            order, "http-01", lambda h, token, text: shown.update({f"/.well-known/acme-challenge/{token}": text})
        )
        for wrong in (csr(f"b.{TREE}"), csr(f"a.{TREE}", f"b.{TREE}"), csr(f"a.{TREE}", key=device.key)):
            der = wrong.public_bytes(serialization.Encoding.DER)
            assert kind_of(device.post(order["finalize"], {"csr": signing.encode(der).decode()})) == "badCSR"

    def test_nothing_is_issued_before_the_proof(self, device):
        order = device.order(f"a.{TREE}").json()
        der = csr(f"a.{TREE}").public_bytes(serialization.Encoding.DER)

        assert kind_of(device.post(order["finalize"], {"csr": signing.encode(der).decode()})) == "orderNotReady"

    def test_another_account_sees_nothing_of_it(self, device, server, client):
        order = device.order(f"a.{TREE}").json()
        stranger = Client(client, server)

        for url in (*order["authorizations"], order["finalize"].removesuffix("/finalize")):
            assert stranger.post(url).status_code == 404

    def test_a_proof_whose_process_died_is_asked_for_again(self, device, shown):
        order = device.order(f"a.{TREE}").json()
        proof = device.post(order["authorizations"][0]).json()
        token = proof["challenges"][0]["token"]
        shown[f"/.well-known/acme-challenge/{token}"] = device.authorization(token)
        AcmeChallenge.objects.filter(kind="http-01").update(status="processing", begun_at=now() - 2 * actions.STUCK)

        assert actions.prove_stuck(at=now()) == 1
        assert AcmeOrder.objects.get().status == "ready"

    def test_a_name_that_was_given_up_stays_so(self, device, shown):
        order = device.order(f"a.{TREE}").json()
        (url,) = order["authorizations"]
        assert device.post(url, {"status": "deactivated"}).json()["status"] == "deactivated"

        device.prove(
            order, "http-01", lambda h, token, text: shown.update({f"/.well-known/acme-challenge/{token}": text})
        )

        assert device.post(url).json()["status"] == "deactivated"
        assert device.post(order["finalize"].removesuffix("/finalize")).json()["status"] == "invalid"

    def test_a_proof_that_arrives_after_the_name_was_given_up_changes_nothing(self, device):
        device.order(f"a.{TREE}")
        challenge = AcmeChallenge.objects.select_related("authorization__order__account").get(kind="http-01")
        AcmeChallenge.objects.filter(pk=challenge.pk).update(status="processing")
        proof = challenge.authorization
        actions.deactivate_authorization(actor=pmi.service_actor("pki"), authorization=proof)

        actions.finish_challenge(actor=pmi.service_actor("pki"), challenge=challenge, error=None, at=now())

        proof.refresh_from_db()
        assert proof.status == "deactivated"


class TestAccount:
    def test_needs_an_officer_s_leave(self, server, client):
        device = Client(client)
        new = device.directory["newAccount"]
        forged = pki.Leave(server.kid, signing.encode(bytes(32)).decode())

        assert kind_of(device.post(new, {}, bare=True)) == "externalAccountRequired"
        for binding in (device.binding(forged), device.binding(pki.Leave("x", server.secret))):
            wish = {"externalAccountBinding": binding}
            assert kind_of(device.post(new, wish, bare=True)) == "unauthorized"
        wish = {"externalAccountBinding": device.binding(server, url="http://testserver/")}
        assert kind_of(device.post(new, wish, bare=True)) == "malformed"

    def test_a_withdrawn_leave_ends_ordering(self, device, server, client):
        pki.withdraw_acme_key(actor=OFFICER, kid=server.kid, at=now())

        assert kind_of(device.order(f"a.{TREE}")) == "unauthorized"

    def test_is_found_by_its_key(self, device):
        again = device.post(device.directory["newAccount"], {"onlyReturnExisting": True}, bare=True)

        assert (again.status_code, again["Location"]) == (200, device.kid)
        device.key = ec.generate_private_key(ec.SECP256R1())
        unknown = device.post(device.directory["newAccount"], {"onlyReturnExisting": True}, bare=True)
        assert kind_of(unknown) == "accountDoesNotExist"

    def test_changes_its_contact_and_closes(self, device):
        assert device.post(device.kid, {"contact": ["mailto:b@jinan.example"]}).json()["contact"] == [
            "mailto:b@jinan.example"
        ]
        assert kind_of(device.post(device.kid, {"contact": ["tel:1"]})) == "unsupportedContact"

        assert device.post(device.kid, {"status": "deactivated"}).json()["status"] == "deactivated"
        assert kind_of(device.order(f"a.{TREE}")) == "unauthorized"

    def test_changes_its_key(self, device):
        url, old, new = device.directory["keyChange"], device.key, ec.generate_private_key(ec.SECP256R1())
        old_jwk = device.jwk
        device.key = new
        inner = device.sign({"alg": "ES256", "jwk": device.jwk, "url": url}, {"account": device.kid, "oldKey": old_jwk})
        assert device.post(url, inner, key=old).status_code == 200

        assert device.post(device.kid).status_code == 200
        assert device.post(device.kid, key=old).status_code == 403


class TestFoulPlay:
    def test_a_nonce_is_used_once(self, device):
        nonce = device.nonce()

        assert device.post(device.kid, nonce=nonce).status_code == 200
        again = device.post(device.kid, nonce=nonce)
        assert (kind_of(again), again.status_code) == ("badNonce", 400)
        assert again["Replay-Nonce"]

    @pytest.mark.parametrize(
        ("header", "problem"),
        [
            ({"nonce": "AAAA"}, "badNonce"),
            ({"nonce": None}, "badNonce"),
            ({"alg": "none"}, "badSignatureAlgorithm"),
            ({"alg": "HS256"}, "badSignatureAlgorithm"),
            ({"url": "http://testserver/other"}, "unauthorized"),
            ({"kid": "http://testserver/pki/acme/account/nobody"}, "accountDoesNotExist"),
            ({"jwk": {}}, "malformed"),
            ({"crit": ["b64"]}, "malformed"),
        ],
    )
    def test_headers_that_are_not_in_order_are_refused(self, device, header, problem):
        proper = {"alg": "ES256", "nonce": device.nonce(), "url": device.kid, "kid": device.kid}
        reply = device.http.post(
            device.kid.removeprefix("http://testserver"),
            json.dumps(device.sign(proper | header, None)),
            content_type=acme.JOSE_TYPE,
        )

        assert kind_of(reply) == problem

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"null",
            b'{"protected": 1}',
            b"\xff",
            b'{"protected":"e30","payload":"","signature":"","header":{}}',
        ],
    )
    def test_junk_is_malformed(self, device, body):
        assert kind_of(device.http.post("/pki/acme/new-order", body, content_type=acme.JOSE_TYPE)) == "malformed"

    def test_another_media_type_is_refused(self, device):
        assert device.post(device.kid, kind="application/json").status_code == 415

    def test_one_key_has_one_thumbprint(self):
        numbers = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
        modulus = numbers.n.to_bytes(256, "big")

        def jwk(n):
            return {"kty": "RSA", "e": "AQAB", "n": signing.encode(n).decode(), "use": "sig"}

        assert sorted(acme.bare(jwk(modulus))) == ["e", "kty", "n"]
        with pytest.raises(acme.Problem):
            acme.bare(jwk(b"\x00" + modulus))

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(payload=JSON)
    def test_no_payload_breaks_an_endpoint(self, device, payload):
        nonce = actions.new_nonce()
        for url in (device.kid, *(device.directory[name] for name in ("newOrder", "revokeCert", "keyChange"))):
            reply = device.post(url, payload, nonce=nonce)
            assert reply.status_code < 500
            nonce = reply["Replay-Nonce"]

    def test_keys_that_are_too_weak_are_refused(self, server, client):
        device = Client(client)
        weak = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
        jwk = {"kty": "RSA", "e": "AQAB", "n": signing.encode(weak.n.to_bytes(128, "big")).decode()}

        assert kind_of(device.post(device.directory["newAccount"], {}, kid=None, jwk=jwk)) == "badPublicKey"


class TestRevocation:
    def test_by_the_account_and_by_the_certificate_s_key(self, device, server, client, shown):
        key = ec.generate_private_key(ec.SECP256R1())
        first = device.obtain(shown, f"a.{TREE}")[0]
        second = device.obtain(shown, f"b.{TREE}", key=key)[0]
        url, stranger = device.directory["revokeCert"], Client(client, server)

        def wish(item, **more):
            return {"certificate": signing.encode(certificates.der(item)).decode()} | more

        assert kind_of(stranger.post(url, wish(first))) == "unauthorized"
        assert kind_of(device.post(url, wish(first, reason=6))) == "badRevocationReason"
        assert device.post(url, wish(first, reason=4)).status_code == 200
        assert kind_of(device.post(url, wish(first))) == "alreadyRevoked"
        stranger.key = key
        assert stranger.post(url, wish(second, reason=1), bare=True).status_code == 200
        assert queries.certificate(certificates.serial_text(first)).state == "revoked"


class TestRenewalInformation:
    def test_suggests_a_window_and_takes_the_replacement(self, device, shown):
        leaf = device.obtain(shown, f"a.{TREE}")[0]
        issuer = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        name = acme.renewal_name(issuer, leaf.serial_number)

        found = device.http.get(f"{device.directory['renewalInfo']}/{name}".removeprefix("http://testserver"))
        window = {key: datetime.fromisoformat(value) for key, value in found.json()["suggestedWindow"].items()}
        assert now() < window["start"] < window["end"] < leaf.not_valid_after_utc
        assert int(found["Retry-After"]) > 0

        device.obtain(shown, f"a.{TREE}", replaces=name)
        assert Certificate.objects.get(replaces__serial=certificates.serial_text(leaf))
        assert kind_of(device.order(f"a.{TREE}", replaces=name)) == "alreadyReplaced"

    def test_of_an_unknown_certificate_there_is_none(self, device):
        assert device.http.get("/pki/acme/renewal-info/AAAA.BBBB").status_code == 404


class TestKeyPages:
    def test_the_secret_is_shown_once_and_the_leave_is_withdrawn(self, server, rf):
        def show(view, data=None, **kwargs):
            request = rf.post("/", data) if data is not None else rf.get("/")
            request.actor, request.frame = OFFICER, "look/workbench.html"
            reply = view.as_view()(request, **kwargs)
            return reply.render() if hasattr(reply, "render") else reply

        assert server.kid in show(pages.AcmeKeys).content.decode()
        assert server.secret not in show(pages.AcmeKeys).content.decode()
        assert b"form" in show(pages.NewAcmeKey).content
        made = show(pages.NewAcmeKey, {"code": "370100-x", "name": "住建局", "trees": "zjj.jinan.example"})
        assert "--eab-hmac-key" in made.content.decode()
        assert show(pages.NewAcmeKey, {"code": "x", "name": "x", "trees": "*.example"}).status_code == 200
        assert show(pages.WithdrawAcmeKey, {}, kid=server.kid).status_code == 302
        assert actions.AcmeKey.objects.get(kid=server.kid).withdrawn_at

    def test_who_may_not_is_refused(self, server, rf):
        request = rf.get("/")
        request.actor = pmi.Actor(id="staff:9", name="办事员", kind="staff")
        for view in (pages.AcmeKeys, pages.NewAcmeKey):
            with pytest.raises(pmi.Forbidden):
                view.as_view()(request)

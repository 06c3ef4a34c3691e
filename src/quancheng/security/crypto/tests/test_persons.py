"""A person signs with their own certificate in a real browser; the key stays in the page."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from django.utils import timezone

from quancheng.security.crypto.models import PersonSignature
from quancheng.security.identity.models import CertificateBinding
from quancheng.security.identity.tests.factories import staff
from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import certificates
from quancheng.security.pki.models import Certificate
from quancheng.security.pmi import public as pmi

VENDORED = Path(__file__).resolve().parents[3] / "support" / "look" / "static" / "vendor" / "pkijs"
NEEDS_BROWSER = pytest.mark.skipif(not VENDORED.exists(), reason="the vendored pkijs is absent: run make setup")
PASSPHRASE, TEXT = "口令 correct horse", "会签意见：同意".encode()
DIGEST = hashlib.sha256(TEXT).hexdigest()
GRANTS = tuple(pmi.Grant(f"pki.enrolment.{verb}") for verb in ("request", "approve"))


def officer(number):
    return pmi.Actor(id=f"staff:{number}", name=f"官员{number}", kind="staff", grants=GRANTS)


def person(name):
    """Return key, certificate and PKCS#12 of somebody to whom a certificate was issued."""
    key, now = ec.generate_private_key(ec.SECP256R1()), timezone.now()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    asked = pki.request_certificate(
        actor=officer(1), csr=csr.public_bytes(Encoding.PEM), profile="person-signature",
        code="370100-scjg", name=name, at=now,
    )  # fmt: skip
    pki.approve_certificate(actor=officer(2), enrolment_id=asked.id, at=now)
    row = next(item for item in pki.issued(search=name) if item.profile == "person-signature")
    certificate = x509.load_der_x509_certificate(bytes(Certificate.objects.get(serial=row.serial).der))
    container = pkcs12.serialize_key_and_certificates(
        name.encode(), key, certificate, None, BestAvailableEncryption(PASSPHRASE.encode())
    )
    return key, certificate, container


def bind(account, certificate):
    """Bind the certificate to the account, as an officer does on the account's page."""
    CertificateBinding.objects.create(
        account=account,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        serial=certificates.serial_text(certificate),
        name=account.name,
        bound_at=timezone.now(),
    )


@pytest.fixture
def page(chromium, live_server, site):
    """A function that opens the signing page of an account in Chromium; requests are kept in `page.sent`."""
    contexts = []

    def enter(client, account):
        client.force_login(account)
        contexts.append(context := chromium.new_context(locale="zh-CN"))
        context.add_cookies(
            [{"name": name, "value": item.value, "url": live_server.url} for name, item in client.cookies.items()]
        )
        opened = context.new_page()
        opened.sent, opened.faults = [], []
        opened.on("request", lambda request: opened.sent.append((request.url, request.post_data_buffer or b"")))
        opened.on("console", lambda said: opened.faults.append(said.text) if said.type == "error" else None)
        opened.on("pageerror", lambda error: opened.faults.append(str(error)))
        opened.goto(f"{live_server.url}/crypto/sign/")
        return opened

    yield enter
    for context in contexts:
        context.close()


def sign(opened, container, *, passphrase=PASSPHRASE, document=TEXT):
    file = {"name": "意见.txt", "mimeType": "text/plain", "buffer": document}
    opened.set_input_files("#sign-document", files=[file])
    opened.set_input_files(
        "#sign-container", files=[{"name": "me.p12", "mimeType": "application/x-pkcs12", "buffer": container}]
    )
    opened.fill("#sign-passphrase", passphrase)
    opened.click("#sign button[type=submit]")


def fragments(secret):
    """Return forms in which a secret number could travel."""
    raw = secret.to_bytes(32, "big")
    return [raw[4:20], raw.hex().encode()[8:40], base64.b64encode(raw)[8:30]]


@NEEDS_BROWSER
@pytest.mark.django_db(transaction=True)
class TestInTheBrowser:
    def test_a_document_is_signed_and_the_key_never_leaves_the_page(self, page, client, openssl):
        key, certificate, container = person("职员clerk")
        opened = page(client, staff("clerk"))

        sign(opened, container)
        opened.wait_for_selector("text=意见.txt")

        row = PersonSignature.objects.get()
        assert pki.verify_person(bytes(row.message), content=TEXT).name == "职员clerk"
        assert pki.verify_timestamp(bytes(row.token), content=bytes(row.message))
        verify = ("cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", "message")
        chain = pki.organisation_signer("370100-scjg").chain[0].public_bytes(Encoding.PEM)
        found = openssl(
            *verify, "-content", "text", "-CAfile", "trusted",
            message=bytes(row.message), text=TEXT, trusted="".join(pki.trusted_roots()).encode() + chain,
        )  # fmt: skip
        assert found.returncode == 0, found.stderr
        secret = [*fragments(key.private_numbers().private_value), PASSPHRASE.encode(), container[60:90], TEXT]
        posts = [body for _url, body in opened.sent if body]
        assert posts
        assert not [part for part in secret for body in posts if part in body]
        assert opened.faults == []
        assert certificate.serial_number == int(row.serial, 16)

    @pytest.mark.parametrize(
        ("passphrase", "cut"), [("wrong", None), (PASSPHRASE, 200)], ids=["wrong passphrase", "damaged file"]
    )
    def test_what_cannot_be_opened_is_said_and_nothing_is_sent(self, page, client, passphrase, cut):
        container = person("职员clerk")[2][:cut]
        opened = page(client, staff("clerk"))

        sign(opened, container, passphrase=passphrase)
        opened.wait_for_selector("#sign-problem:not([hidden])")

        assert [body for _url, body in opened.sent if body] == []
        assert not PersonSignature.objects.exists()

    def test_a_certificate_of_somebody_else_is_refused(self, page, client):
        container = person("别人")[2]
        opened = page(client, staff("clerk"))

        sign(opened, container)
        opened.wait_for_selector("text=别人")

        assert not PersonSignature.objects.exists()


@pytest.mark.django_db
class TestTheServer:
    @pytest.fixture
    def signed(self, site, openssl):
        """A signature that openssl made, as a person with another program would."""
        key, certificate, _container = person("职员clerk")
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        made = openssl(
            "cms", "-sign", "-binary", "-in", "text", "-outform", "DER",
            "-md", "sha256", "-signer", "signer", "-inkey", "key",
            text=TEXT, signer=certificate.public_bytes(Encoding.PEM), key=private,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        return made.stdout, certificate

    def post(self, client, message, digest=DIGEST):
        wish = {"title": "意见.txt", "digest": digest, "signature": base64.b64encode(message).decode()}
        return client.post("/crypto/sign/", wish)

    def test_takes_what_openssl_signs_once(self, client, signed):
        client.force_login(staff("clerk"))

        assert self.post(client, signed[0]).status_code == 302
        assert self.post(client, signed[0]).context["form"].non_field_errors()

        row = PersonSignature.objects.get()
        assert client.get(f"/crypto/sign/{row.pk}/signature.p7s").content == signed[0]

    def test_a_namesake_needs_the_certificate_bound_to_their_account(self, client, signed):
        mine, namesake = staff("clerk"), staff("clerk2")
        namesake.name = mine.name
        namesake.save()
        client.force_login(mine)

        assert self.post(client, signed[0]).context["form"].non_field_errors()
        bind(mine, signed[1])
        client.force_login(namesake)
        assert self.post(client, signed[0]).context["form"].non_field_errors()
        client.force_login(mine)
        assert self.post(client, signed[0]).status_code == 302

        assert PersonSignature.objects.get().signer == mine.actor_id

    def test_refuses_another_digest(self, client, signed):
        client.force_login(staff("clerk"))

        assert self.post(client, signed[0], "0" * 64).context["form"].non_field_errors()

    def test_refuses_a_revoked_certificate(self, client, signed):
        serial = f"{signed[1].serial_number:X}"
        serial = serial if len(serial) % 2 == 0 else f"0{serial}"
        revoker = pmi.Actor(id="staff:9", name="x", kind="staff", grants=(pmi.Grant("pki.certificate.revoke"),))
        pki.revoke(actor=revoker, serial=serial, reason="keyCompromise", at=timezone.now())
        client.force_login(staff("clerk"))

        assert self.post(client, signed[0]).context["form"].non_field_errors()

    def test_refuses_every_kind_of_junk(self, client, signed):
        client.force_login(staff("clerk"))
        damaged = [signed[0][:at] for at in range(0, len(signed[0]), 97)] + [b"", b"\x30\x80", bytes(100)]

        for message in damaged:
            assert self.post(client, message).status_code == 200
        assert not PersonSignature.objects.exists()

    def test_shows_a_signature_to_its_signer_only(self, client, signed):
        client.force_login(staff("clerk"))
        self.post(client, signed[0])
        client.force_login(staff("other"))

        assert client.get(f"/crypto/sign/{PersonSignature.objects.get().pk}/signature.p7s").status_code == 404
        assert not re.search("意见.txt", client.get("/crypto/sign/").content.decode())

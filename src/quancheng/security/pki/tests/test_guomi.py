"""The suite guomi: SM2 and SM3 from the root to every signature; openssl and a second implementation check them."""

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from gmssl import sm2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.pki import config, queries
from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import responder
from quancheng.security.pki.engine import assembling, certificates, der, keys, libcrypto, signing, suites
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.tests.conftest import CODE
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
USAGES = {
    "person-signature": "Digital Signature, Non Repudiation",
    "person-encryption": "Key Encipherment, Data Encipherment, Key Agreement",
}
DISTID = "distid:1234567812345678"
VERBS = ("certificate.revoke", "enrolment.request", "enrolment.approve")
OFFICERS = [
    pmi.Actor(
        id=f"staff:{number}",
        name="管理员",
        kind="staff",
        grants=tuple(pmi.Grant(f"pki.{verb}") for verb in VERBS),
    )
    for number in (1, 2)
]


@pytest.fixture(autouse=True)
def guomi(site, monkeypatch):
    """A site whose ceremony chooses guomi."""
    found = config.Config(suite="guomi", passphrase="secret")
    monkeypatch.setattr(config, "settings", lambda: found)


def second(public):
    """The second implementation with a public key; its constructor strips too much from keys that begin with 0 or 4."""
    found = sm2.CryptSM2(private_key="", public_key="")
    found.public_key = public.bits.hex()[2:]
    return found


def public_pem(certificate):
    body = base64.encodebytes(keys.of(certificate).der).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n".encode()


@pytest.fixture
def genuine(openssl):
    """Returns a function that has openssl check a signature (DER) over content by a certificate's key."""

    def check(certificate, signature, content):
        found = openssl(
            "dgst", "-sm3", "-sigopt", DISTID, "-verify", "public", "-signature", "signature", "content",
            public=public_pem(certificate), signature=signature, content=content,
        )  # fmt: skip
        return found.returncode == 0

    return check


def signed_parts(content):
    """Return body, algorithm and signature of a certificate, list or request (DER)."""
    body, algorithm, signature = der.single(content).parts()[:3]
    return body.whole, algorithm.whole, signature.content[1:]


class TestChain:
    def test_openssl_verifies_every_link_of_every_profile(self, seal, openssl):
        pki.timestamp(bytes(32))
        responder.service()
        root, issuing = pki.trusted_roots()[0].encode(), certificates.pem(seal.chain[0])
        # openssl tells the user's identity to the first certificate of a chain alone: so link by link.
        strict = ("verify", "-x509_strict", "-vfyopt", DISTID, "-partial_chain", "-trusted", "upper", "lower")

        assert openssl(*strict, upper=root, lower=issuing).returncode == 0
        for row in Certificate.objects.all():
            lower = certificates.pem(x509.load_der_x509_certificate(bytes(row.der)))
            found = openssl(*strict, upper=issuing, lower=lower)
            assert found.returncode == 0, found.stderr
        assert {"seal", "timestamp", "ocsp", "zone"} == set(Certificate.objects.values_list("profile", flat=True))

    def test_the_root_is_signed_by_itself(self, seal, genuine):
        root = x509.load_pem_x509_certificate(pki.trusted_roots()[0].encode())

        body, algorithm, signature = signed_parts(certificates.der(root))

        assert algorithm == suites.GUOMI.signature
        assert genuine(root, signature, body)
        assert not genuine(root, signature, body + b" ")

    @pytest.mark.parametrize("name", ["issuing-all", "issuing-all-delta", "root"])
    def test_lists_are_signed_by_their_authority(self, seal, genuine, name):
        pki.revoke(actor=OFFICERS[0], serial=seal.holder.serial, reason="keyCompromise", at=datetime.now(UTC))

        body, algorithm, signature = signed_parts(queries.authority_crl(name))

        issuer = queries._site().root if name == "root" else seal.chain[0]
        assert algorithm == suites.GUOMI.signature
        assert genuine(issuer, signature, body)

    def test_a_modern_certificate_under_the_same_name_is_not_believed(self, seal):
        private = ec.generate_private_key(ec.SECP256R1())
        stranger = keys.EcKey(private, keys.public(private.public_key()))
        own = certificates.new_root(stranger, city="泉城市", at=datetime.now(UTC))

        assert own.subject == queries._site().root.subject
        assert not keys.issued_by(own, queries._site().root)
        assert not keys.issued_by(seal.certificate, own)


class TestHolders:
    def test_a_person_s_two_certificates_come_of_sm2_requests_that_openssl_makes(self, seal, openssl):
        openssl.makes("key", "genpkey", "-algorithm", "SM2")
        wish = openssl.makes(
            "csr", "req", "-new", "-key", "key", "-subj", "/CN=x", "-sm3", "-sigopt", DISTID, "-outform", "DER"
        )

        for profile, usage in USAGES.items():
            asked = pki.request_certificate(
                actor=OFFICERS[0], profile=profile, code="370100-1", name="王小美", csr=wish, at=datetime.now(UTC)
            )
            done = pki.approve_certificate(actor=OFFICERS[1], enrolment_id=asked.id, at=datetime.now(UTC))
            made = Certificate.objects.get(serial=done.serial)
            printed = openssl("x509", "-inform", "DER", "-in", "leaf", "-noout", "-text", leaf=bytes(made.der)).stdout
            assert "SM2-with-SM3" in printed
            assert "ASN1 OID: SM2" in printed
            assert usage in printed

    def test_a_request_that_its_key_did_not_sign_is_refused(self, seal):
        honest = assembling.request(x509.CertificateSigningRequestBuilder(x509.Name([])), keys.new(suites.GUOMI))
        content = bytearray(honest.public_bytes(serialization.Encoding.DER))
        content[-1] ^= 1

        with pytest.raises(pki.UnfitRequest):
            pki.request_certificate(
                actor=OFFICERS[0], profile="device", code="1", name="n", csr=bytes(content), at=datetime.now(UTC)
            )

    def test_openssl_reads_our_request(self, openssl):
        made = assembling.request(x509.CertificateSigningRequestBuilder(x509.Name([])), keys.new(suites.GUOMI))

        _body, algorithm, _signature = signed_parts(made.public_bytes(serialization.Encoding.DER))
        found = openssl(
            "req", "-verify", "-vfyopt", DISTID, "-in", "csr", "-inform", "DER", "-noout",
            csr=made.public_bytes(serialization.Encoding.DER),
        )  # fmt: skip

        assert algorithm == suites.GUOMI.signature
        assert found.returncode == 0
        assert "verify OK" in found.stdout + found.stderr


class TestKeys:
    def test_the_file_of_a_key_opens_in_openssl_with_its_passphrase_alone(self, openssl):
        key = keys.new(suites.GUOMI)
        show = ("pkey", "-in", "key", "-pubout", "-outform", "DER", "-out", "public")

        assert openssl(*show, "-passin", "pass:secret", key=key.to_pem(b"secret")).returncode == 0
        assert (openssl.folder / "public").read_bytes() == key.public.der
        assert openssl(*show, "-passin", "pass:wrong").returncode != 0
        assert keys.open_file(key.to_pem(b"secret"), b"secret").public == key.public
        with pytest.raises(ValueError, match=r"."):
            keys.open_file(key.to_pem(b"secret"), b"wrong")

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(content=st.binary(max_size=500), flip=st.integers(0, 10_000))
    def test_a_second_implementation_agrees_on_signatures(self, content, flip):
        key = keys.new(suites.GUOMI)
        r, s = utils.decode_dss_signature(key.sign(content))
        other = second(key.public)
        changed = bytearray(key.sign(content))
        changed[flip % len(changed)] ^= 1 << flip % 8

        assert other.verify_with_sm3(f"{r:064x}{s:064x}", content)
        assert not key.public.verifies(bytes(changed), content)

    def test_its_signatures_are_ours_too(self):
        private = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
        public = ("09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
                  "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")  # fmt: skip
        text = sm2.CryptSM2(private_key=private, public_key=public).sign_with_sm3(b"message digest")
        der_signature = utils.encode_dss_signature(int(text[:64], 16), int(text[64:], 16))

        ours = keys.read(keys._SM2_PUBLIC + b"\x04" + bytes.fromhex(public))

        assert ours.kind == "SM2"
        assert ours.verifies(der_signature, b"message digest")
        assert not ours.verifies(der_signature, b"message Digest")

    def test_secrets_are_sealed_to_a_key_and_openssl_opens_them(self, openssl):
        key = keys.new(suites.GUOMI)

        found = openssl.makes(
            "plain", "pkeyutl", "-decrypt", "-inkey", "key", "-passin", "pass:secret", "-in", "sealed",
            key=key.to_pem(b"secret"), sealed=key.public.encrypt(b"sixteen bytes ok"),
        )  # fmt: skip

        assert found == b"sixteen bytes ok"
        with pytest.raises(libcrypto.Failed):
            keys.new(suites.GUOMI).private.decrypt(key.public.encrypt(b"x"))

    def test_a_point_that_is_not_on_the_curve_is_no_key(self):
        with pytest.raises(keys.Unaccepted):
            keys.read(keys._SM2_PUBLIC + b"\x04" + bytes(64))


class TestSignatures:
    def test_a_jws_says_sm2_and_another_implementation_believes_it(self, seal):
        made = pki.sign_jws(b"payload", organisation=CODE)

        header, _nothing, signature = made.split(".")

        assert json.loads(signing.decode(header))["alg"] == "SM2SM3"
        other = second(keys.of(seal.certificate))
        content = f"{header}.{signing.encode(b'payload').decode()}".encode()
        assert other.verify_with_sm3(signing.decode(signature).hex(), content)
        assert pki.verify_jws(b"payload", made).organisation == CODE
        with pytest.raises(pki.BadSignature):
            pki.verify_jws(b"Payload", made)

    def test_a_jws_that_claims_another_algorithm_is_refused(self, seal):
        header, _nothing, signature = pki.sign_jws(b"payload", organisation=CODE).split(".")
        claimed = json.loads(signing.decode(header)) | {"alg": "ES256"}
        header = signing.encode(json.dumps(claimed).encode()).decode()

        with pytest.raises(pki.BadSignature):
            pki.verify_jws(b"payload", f"{header}..{signature}")

    @pytest.mark.parametrize("enclosed", [True, False], ids=["enclosed", "detached"])
    def test_a_cms_message_bears_the_names_of_the_chinese_profile(self, seal, openssl, genuine, enclosed):
        made = pki.sign_cms(b"content", organisation=CODE, enclosed=enclosed)

        printed = openssl("asn1parse", "-inform", "DER", "-in", "message", message=made).stdout

        for name in ("1.2.156.10197.6.1.4.2.2", "1.2.156.10197.6.1.4.2.1", ":sm3", "1.2.156.10197.1.301.1"):
            assert name in printed
        assert pki.verify_cms(made, content=None if enclosed else b"content").organisation == CODE
        *_others, info = der.single(der.single(made).parts()[1].content).parts()
        parts = {item.tag: item for item in der.single(info.content).parts()}
        assert genuine(seal.certificate, parts[der.OCTETS].content, b"\x31" + parts[0xA0].whole[1:])

    def test_no_bit_of_a_cms_message_can_be_changed(self, seal):
        made = pki.sign_cms(b"content", organisation=CODE, enclosed=True)

        for at in range(0, len(made), 7):
            changed = bytearray(made)
            changed[at] ^= 1 << at % 8
            with pytest.raises(pki.BadSignature):
                pki.verify_cms(bytes(changed))

    def test_timestamp_tokens_keep_the_form_that_openssl_reads(self, seal, openssl):
        query = openssl.makes("query", "ts", "-query", "-data", "data", "-sha256", "-cert", data=b"content")

        reply = pki.answer_timestamp_request(query)

        assert "Granted" in openssl("ts", "-reply", "-in", "reply", "-text", reply=reply).stdout
        token = openssl.makes("token", "ts", "-reply", "-in", "reply", "-token_out")
        assert pki.verify_timestamp(token, content=b"content")
        with pytest.raises(pki.BadTimestamp):
            pki.verify_timestamp(token, content=b"Content")


class TestOcsp:
    @pytest.mark.parametrize("digest", ["-sha1", "-sm3"])
    def test_openssl_s_question_gets_an_answer_that_it_reads(self, seal, openssl, genuine, digest):
        openssl(
            "ocsp", digest, "-issuer", "chain.pem", "-serial", f"0x{seal.holder.serial}", "-no_nonce", "-reqout", "ask"
        )
        question = (openssl.folder / "ask").read_bytes()
        reply = responder.service().answer(question, at=datetime.now(UTC))

        printed = openssl("ocsp", "-respin", "reply", "-noverify", "-resp_text", reply=reply.body).stdout

        assert "Cert Status: good" in printed
        assert "SM2-with-SM3" in printed
        basic = der.single(reply.body).parts()[1].content
        content = der.single(der.single(basic).parts()[1].content)
        body, algorithm, signature = (item for item in content.parts()[:3])
        who = x509.load_der_x509_certificate(bytes(Certificate.objects.get(profile="ocsp").der))
        assert algorithm.whole == suites.GUOMI.signature
        assert genuine(who, signature.content[1:], body.whole)

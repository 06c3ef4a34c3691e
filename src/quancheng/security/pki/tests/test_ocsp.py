"""The OCSP responder convinces openssl, whichever way the question comes."""

import base64
import io
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp as oracle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import responder
from quancheng.security.pki.engine import certificates, der, ocsp
from quancheng.security.pki.middleware import thin
from quancheng.security.pki.models import Certificate
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
ADMIN = pmi.Actor(id="staff:1", name="管理员", kind="staff", grants=(pmi.Grant("pki.certificate.revoke"),))
HASHES = ("sha1", "sha256", "sha384", "sha512")
ASK = ("ocsp", "-issuer", "chain.pem", "-no_nonce", "-reqout", "asked")
CHECK = ("ocsp", "-issuer", "chain.pem", "-CAfile", "roots.pem", "-respin", "reply")


def now():
    return datetime.now(UTC)


def question(seal, *, algorithm=None, nonce=b"", serial=None):
    builder = oracle.OCSPRequestBuilder()
    if serial is None:
        builder = builder.add_certificate(seal.certificate, seal.chain[0], algorithm or hashes.SHA256())
    else:
        asked = oracle.OCSPRequestBuilder().add_certificate(seal.certificate, seal.chain[0], hashes.SHA256()).build()
        builder = builder.add_certificate_by_hash(
            asked.issuer_name_hash, asked.issuer_key_hash, serial, hashes.SHA256()
        )
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def answer(content):
    return oracle.load_der_ocsp_response(responder.service().answer(content, at=now()).body)


def call(method, path, body=b"", kind=ocsp.REQUEST_TYPE):
    """Ask the way past Django; returns status, headers and body."""
    seen = {}

    def start(status, headers):
        seen.update(status=status, headers=dict(headers))

    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_TYPE": kind, "wsgi.input": io.BytesIO(body)}
    environ["CONTENT_LENGTH"] = str(len(body))
    content = b"".join(thin(lambda environ, start: [b"django"])(environ, start))
    return seen.get("status"), seen.get("headers"), content


class TestOpenssl:
    @pytest.mark.parametrize("algorithm", HASHES)
    def test_a_good_certificate_is_good_whatever_hash_names_it(self, seal, openssl, algorithm):
        leaf = certificates.pem(seal.certificate)
        openssl(*ASK, f"-{algorithm}", "-cert", "leaf", leaf=leaf)
        asked = (openssl.folder / "asked").read_bytes()

        reply = responder.service().answer(asked, at=now()).body
        found = openssl(*CHECK, f"-{algorithm}", "-cert", "leaf", reply=reply)

        assert "Response verify OK" in found.stderr
        assert "leaf: good" in found.stdout

    def test_a_revoked_certificate_is_revoked_at_once_with_its_reason(self, seal, openssl):
        assert answer(question(seal)).certificate_status is oracle.OCSPCertStatus.GOOD

        pki.revoke(actor=ADMIN, serial=seal.holder.serial, reason="keyCompromise", at=now())
        responder.forget()
        reply = responder.service().answer(question(seal), at=now()).body

        found = openssl(*CHECK, "-sha256", "-cert", "leaf", leaf=certificates.pem(seal.certificate), reply=reply)
        assert "leaf: revoked" in found.stdout
        assert "Reason: keyCompromise" in found.stdout

    def test_the_nonce_comes_back(self, seal, openssl):
        leaf = certificates.pem(seal.certificate)
        openssl("ocsp", "-issuer", "chain.pem", "-cert", "leaf", "-nonce", "-reqout", "asked", leaf=leaf)
        asked = (openssl.folder / "asked").read_bytes()

        reply = responder.service().answer(asked, at=now()).body

        found = openssl(*CHECK, "-reqin", "asked", reply=reply)
        assert "Response verify OK" in found.stderr
        assert "nonce" not in found.stderr.lower()

    def test_the_responder_s_certificate_verifies_to_the_root(self, seal, openssl):
        responder.service()
        leaf = x509.load_der_x509_certificate(bytes(Certificate.objects.get(profile="ocsp").der))

        check = ("verify", "-x509_strict", "-purpose", "ocsphelper", "-CAfile", "roots.pem", "-untrusted", "chain.pem")
        found = openssl(*check, "leaf", leaf=certificates.pem(leaf))

        assert found.returncode == 0, found.stderr
        assert leaf.extensions.get_extension_for_class(x509.OCSPNoCheck)


class TestStates:
    def test_a_number_that_was_never_issued_is_unknown_and_kept_by_nobody(self, seal):
        content = question(seal, serial=12345)

        reply = responder.service().answer(content, at=now())

        assert oracle.load_der_ocsp_response(reply.body).certificate_status is oracle.OCSPCertStatus.UNKNOWN
        assert reply.headers(now()) == {"Cache-Control": "no-store"}

    def test_another_issuer_s_certificates_are_none_of_ours(self, seal):
        builder = oracle.OCSPRequestBuilder().add_certificate_by_hash(bytes(32), bytes(32), 5, hashes.SHA256())
        content = builder.build().public_bytes(serialization.Encoding.DER)

        assert answer(content).response_status is oracle.OCSPResponseStatus.UNAUTHORIZED

    def test_a_certificate_says_where_to_ask(self, seal):
        found = seal.certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value

        assert any(item.access_location.value.endswith("/pki/ocsp/") for item in found)

    def test_replies_without_nonce_are_signed_once(self, seal):
        first, second = (responder.service().answer(question(seal), at=now()).body for _ in range(2))

        assert first == second

    def test_a_kept_reply_is_signed_anew_before_it_ends(self, seal):
        at = now()
        first = responder.service().answer(question(seal), at=at)
        later = responder.service().answer(question(seal), at=at + responder.KEPT_FOR)

        assert later.made > first.made
        assert responder.LASTS > responder.KEPT_FOR

    def test_replies_to_a_nonce_are_not_kept(self, seal):
        reply = responder.service().answer(question(seal, nonce=b"n" * 16), at=now())

        assert oracle.load_der_ocsp_response(reply.body).extensions.get_extension_for_class(
            x509.OCSPNonce
        ).value.nonce == (b"n" * 16)
        assert reply.until is None

    @pytest.mark.parametrize("length", [1, 32, 128])
    def test_nonces_of_every_lawful_length_are_echoed(self, seal, length):
        found = answer(question(seal, nonce=b"n" * length))

        assert found.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * length

    def test_a_longer_nonce_is_malformed(self, seal):
        assert answer(question(seal, nonce=b"n" * 300)).response_status is oracle.OCSPResponseStatus.MALFORMED_REQUEST

    def test_the_responder_s_own_certificate_is_renewed_in_time(self, seal, monkeypatch):
        from quancheng.security.pki.actions import setup

        old = Certificate.objects.filter(profile="ocsp")
        responder.service()
        assert old.count() == 1
        old.update(not_after=now() + timedelta(days=9))

        code = Certificate.objects.get(profile="ocsp").subject_code
        renewed = setup.ensure(certificates.OCSP, code=code, name="x", action="pki.certificate.issue")

        assert renewed.not_after > now() + timedelta(days=20)


class TestHttp:
    def test_get_with_encoded_base64(self, seal, client):
        encoded = quote(base64.b64encode(question(seal)).decode(), safe="")

        for reply in (client.get(f"/pki/ocsp/{encoded}"), client.get(f"/pki/ocsp//{encoded}")):
            assert reply.status_code == 200
            assert reply["Content-Type"] == ocsp.REPLY_TYPE
            assert "max-age=300" in reply["Cache-Control"]
            assert oracle.load_der_ocsp_response(reply.content).certificate_status is oracle.OCSPCertStatus.GOOD

    def test_post_needs_no_csrf_token_and_touches_no_session(self, seal, client):
        reply = client.post("/pki/ocsp/", question(seal), content_type=ocsp.REQUEST_TYPE)

        assert oracle.load_der_ocsp_response(reply.content).certificate_status is oracle.OCSPCertStatus.GOOD
        assert not client.cookies
        assert client.post("/pki/ocsp", question(seal), content_type=ocsp.REQUEST_TYPE).status_code == 200

    def test_takes_nothing_else(self, seal, client):
        assert client.post("/pki/ocsp/", b"x", content_type="text/plain").status_code == 415
        assert client.post("/pki/ocsp/", b"x" * 9000, content_type=ocsp.REQUEST_TYPE).status_code == 413
        assert client.put("/pki/ocsp/").status_code == 405

    def test_the_way_past_django_answers_alike(self, seal):
        content = question(seal)
        kept = responder.service().answer(content, at=now()).body

        assert call("POST", "/pki/ocsp/", content)[2] == kept
        status, headers, body = call("GET", "/pki/ocsp/" + base64.b64encode(content).decode())
        assert (status, body) == ("200 OK", kept)
        assert headers["Content-Length"] == str(len(kept))
        assert headers["ETag"]
        assert call("HEAD", "/pki/ocsp/" + base64.b64encode(content).decode())[2] == b""

    def test_the_way_past_django_leads_back_to_it(self, seal):
        assert call("GET", "/pki/certificates/")[2] == b"django"
        assert call("GET", "/pki/ocspx")[2] == b"django"
        assert call("POST", "/pki/ocsp/", b"x", kind="text/plain")[0].startswith("415")
        assert call("POST", "/pki/ocsp/", b"x" * 9000)[0].startswith("413")
        assert call("DELETE", "/pki/ocsp/")[0].startswith("405")


class TestRepair:
    def test_a_slash_that_was_merged_away_is_put_back(self, seal):
        """Servers on the way make `//` to `/`; nonces bring as many as one likes."""
        nonce = base64.b64decode("AAA/" * 2 + "A//A" + "BBBB")
        content = question(seal, nonce=nonce)
        encoded = base64.b64encode(content).decode()
        assert "//" in encoded

        merged = encoded.replace("//", "/")
        found = responder.service().answer_path(merged, at=now())

        reply = oracle.load_der_ocsp_response(found.body)
        assert reply.certificate_status is oracle.OCSPCertStatus.GOOD

    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(nonce=st.binary(min_size=1, max_size=32), double=st.booleans())
    def test_pluses_blanks_and_double_encoding_do_no_harm(self, seal, nonce, double):
        content = question(seal, nonce=nonce)
        encoded = base64.b64encode(content).decode()
        path = quote(encoded, safe="") if double else encoded.replace("+", " ")

        assert next(ocsp.guesses(path)) == content


class TestJunk:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(junk=st.binary(max_size=80))
    def test_no_bytes_break_the_service(self, seal, junk):
        assert answer(junk).response_status is oracle.OCSPResponseStatus.MALFORMED_REQUEST

    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
    def test_no_flipped_bit_breaks_it_or_makes_a_stranger_good(self, seal, at, bit):
        content = bytearray(question(seal, nonce=b"n" * 16))
        content[at % len(content)] ^= 1 << bit

        reply = responder.service().answer(bytes(content), at=now()).body

        assert oracle.load_der_ocsp_response(reply).response_status in (
            oracle.OCSPResponseStatus.SUCCESSFUL,
            oracle.OCSPResponseStatus.MALFORMED_REQUEST,
            oracle.OCSPResponseStatus.UNAUTHORIZED,
        )

    @given(st.binary(max_size=60))
    def test_what_is_read_is_what_was_written(self, content):
        assert der.single(der.wrap(der.OCTETS, content)).content == content

    @given(st.integers(0, 2**160))
    def test_numbers_are_written_as_der_wants_them(self, number):
        content = der.single(der.integer(number)).expect(der.INTEGER)

        assert int.from_bytes(content, "big", signed=True) == number
        assert len(content) == 1 or content[0] or content[1] & 0x80

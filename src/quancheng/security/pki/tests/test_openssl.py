"""What we make convinces the openssl that everybody has, and openssl's requests are answered."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.pki import public as pki
from quancheng.security.pki import queries
from quancheng.security.pki.engine import certificates, timestamps
from quancheng.security.pki.models import Certificate
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
ADMIN = pmi.Actor(id="staff:1", name="管理员", kind="staff", grants=(pmi.Grant("pki.certificate.revoke"),))


def pem_of(signer):
    return certificates.pem(signer.certificate)


TO_ROOT = ("-CAfile", "roots.pem", "-untrusted", "chain.pem", "leaf")


class TestChain:
    def test_every_profile_verifies_to_the_root(self, seal, openssl):
        pki.timestamp(bytes(32))

        rows = list(Certificate.objects.all())

        assert {row.profile for row in rows} == {"seal", "zone", "timestamp"}
        for row in rows:
            found = openssl("verify", "-x509_strict", *TO_ROOT, leaf=pem_of(queries.signer_of(row)))
            assert found.returncode == 0, found.stderr

    def test_a_revoked_certificate_is_refused_by_the_list(self, seal, openssl):
        lists = ("-crl_check_all", "-CRLfile", "root.pem", "-CRLfile", "mine.pem")
        openssl.makes("root.pem", "crl", "-inform", "DER", "-in", "crl", crl=queries.authority_crl("root"))
        openssl.makes("mine.pem", "crl", "-inform", "DER", "-in", "crl", crl=queries.authority_crl("issuing-all"))
        assert openssl("verify", *lists, *TO_ROOT, leaf=pem_of(seal)).returncode == 0

        pki.revoke(actor=ADMIN, serial=seal.holder.serial, reason="keyCompromise", at=datetime.now(UTC))

        openssl.makes("mine.pem", "crl", "-inform", "DER", "-in", "crl", crl=queries.authority_crl("issuing-all"))
        assert "certificate revoked" in openssl("verify", *lists, *TO_ROOT, leaf=pem_of(seal)).stderr


class TestTimestamp:
    @pytest.mark.parametrize("algorithm", ["-sha256", "-sha384", "-sha512"])
    def test_openssl_s_request_gets_a_token_that_openssl_believes(self, openssl, algorithm):
        query = openssl.makes("query", "ts", "-query", "-data", "data", algorithm, "-cert", data=b"content")

        reply = pki.answer_timestamp_request(query)

        verify = ("ts", "-verify", "-in", "reply", "-CAfile", "roots.pem")
        assert openssl(*verify, "-queryfile", "query", reply=reply).returncode == 0
        assert openssl(*verify, "-data", "data", data=b"content").returncode == 0
        assert openssl(*verify, "-data", "data", data=b"other").returncode != 0

    def test_a_token_without_certificates_verifies_with_the_chain_at_hand(self, openssl):
        query = openssl.makes("query", "ts", "-query", "-data", "data", "-sha256", "-no_nonce", data=b"content")

        reply = pki.answer_timestamp_request(query)

        signer = queries.signer_of(Certificate.objects.get(profile="timestamp"))
        more = pem_of(signer) + certificates.pem(signer.chain[0])
        verify = ("ts", "-verify", "-in", "reply", "-queryfile", "query", "-CAfile", "roots.pem", "-untrusted", "more")
        found = openssl(*verify, reply=reply, more=more)
        assert found.returncode == 0, found.stderr

    @pytest.mark.parametrize(
        ("options", "failure"),
        [(("-sha1",), "bad_alg"), (("-sha256", "-tspolicy", "1.2.3.4"), "unaccepted_policy")],
        ids=["SHA-1", "another policy"],
    )
    def test_what_is_not_served_is_refused_by_name(self, openssl, options, failure):
        query = openssl.makes("query", "ts", "-query", "-data", "data", *options, data=b"content")

        with pytest.raises(timestamps.Refused) as refused:
            timestamps.token_of(pki.answer_timestamp_request(query))

        assert refused.value.failure == failure

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(junk=st.binary(max_size=80))
    def test_no_bytes_break_the_service(self, site, junk):
        with pytest.raises(timestamps.Refused):
            timestamps.token_of(pki.answer_timestamp_request(junk))

    def test_openssl_reads_the_rejection(self, openssl):
        found = openssl("ts", "-reply", "-in", "reply", "-text", reply=pki.answer_timestamp_request(b"junk"))

        assert "not a TimeStampReq" in found.stdout + found.stderr


class TestCms:
    def test_openssl_verifies_our_detached_signature(self, seal, openssl):
        message = pki.sign_cms(b"content", organisation="370100-spfw")
        verify = ("cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", "message")
        more = ("-content", "content", "-CAfile", "roots.pem")

        assert openssl(*verify, *more, message=message, content=b"content").returncode == 0
        assert openssl(*verify, *more, message=message, content=b"Content").returncode != 0

    def test_an_enclosed_one_brings_its_content(self, seal, openssl):
        message = pki.sign_cms(b"content", organisation="370100-spfw", enclosed=True)

        found = openssl(
            "cms", "-verify", "-purpose", "any", "-inform", "DER", "-in", "message", "-CAfile", "roots.pem",
            message=message,
        )  # fmt: skip

        assert found.stdout == "content"

"""The timestamp service seen from outside: openssl and a second client believe its tokens, and bad wishes are named."""

import hashlib

import pytest
from asn1crypto import tsp
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rfc3161_client import TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response
from rfc3161_client.base import HashAlgorithm

from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import certificates, der, timestamps

pytestmark = pytest.mark.django_db
POLICY = certificates.absolute(".1.3", "1.3.6.1.4.1.32473.1")


def wish(**changes):
    facts = {
        "version": "v1",
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)},
        "cert_req": True,
    }
    return tsp.TimeStampReq(facts | changes).dump()


def failure(request):
    with pytest.raises(timestamps.Refused) as refused:
        timestamps.token_of(pki.answer_timestamp_request(request))
    return refused.value.failure


class TestOpenSsl:
    @pytest.mark.parametrize("algorithm", ["-sha256", "-sha384", "-sha512", "-sm3"])
    def test_believes_tokens_over_every_digest(self, openssl, algorithm):
        query = openssl.makes("query", "ts", "-query", "-data", "data", algorithm, "-cert", data=b"content")

        reply = pki.answer_timestamp_request(query)

        verify = ("ts", "-verify", "-in", "reply", "-CAfile", "roots.pem")
        assert openssl(*verify, "-queryfile", "query", reply=reply).returncode == 0
        assert openssl(*verify, "-data", "data", data=b"other").returncode != 0

    def test_asks_for_our_policy_by_name(self, openssl):
        query = openssl.makes(
            "query", "ts", "-query", "-data", "data", "-sha256", "-tspolicy", POLICY, "-cert", data=b"content"
        )

        assert timestamps.token_of(pki.answer_timestamp_request(query))


class TestAnotherClient:
    @pytest.mark.parametrize("algorithm", [HashAlgorithm.SHA256, HashAlgorithm.SHA512])
    def test_verifies_policy_nonce_chain_and_imprint(self, site, algorithm):
        asked = TimestampRequestBuilder().data(b"content").hash_algorithm(algorithm).nonce(nonce=True).build()

        answer = decode_timestamp_response(pki.answer_timestamp_request(asked.as_bytes()))

        verifier = VerifierBuilder.from_request(asked).policy_id(x509.ObjectIdentifier(POLICY))
        for root in pki.trusted_roots():
            verifier.add_root_certificate(x509.load_pem_x509_certificate(root.encode()))
        assert verifier.build().verify_message(answer, b"content")
        assert answer.tst_info.accuracy.seconds == 1


class TestToken:
    def state(self, request):
        token = timestamps.token_of(pki.answer_timestamp_request(request))
        info = tsp.ContentInfo.load(token)["content"]
        return info, info["encap_content_info"]["content"].parsed

    def test_repeats_the_nonce_and_only_if_there_was_one(self, site):
        assert self.state(wish(nonce=2**63 + 5))[1]["nonce"].native == 2**63 + 5
        assert self.state(wish())[1]["nonce"].native is None

    def test_brings_certificates_only_when_asked(self, site):
        assert len(self.state(wish(cert_req=True))[0]["certificates"]) == 2
        assert self.state(wish(cert_req=False))[0]["certificates"].native is None

    def test_states_accuracy_and_promises_no_order(self, site):
        _info, state = self.state(wish())

        assert (state["accuracy"]["seconds"].native, state["ordering"].native) == (1, False)

    def test_is_der_to_the_last_byte(self, site):
        token = timestamps.token_of(pki.answer_timestamp_request(wish()))

        assert tsp.ContentInfo.load(token, strict=True).dump(force=True) == token

    def test_over_sm3_is_verified_over_its_content(self, site):
        token = pki.timestamp(hashlib.new("sm3", b"content").digest(), algorithm="sm3")

        assert pki.verify_timestamp(token, content=b"content").at
        with pytest.raises(pki.BadTimestamp):
            pki.verify_timestamp(token, content=b"other")


class TestRefusals:
    def test_of_another_version(self, site):
        assert failure(wish(version=2)) == "bad_request"

    def test_of_another_policy(self, site):
        assert failure(wish(req_policy="1.2.3.4")) == "unaccepted_policy"

    def test_of_a_weak_digest(self, site):
        imprint = {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}
        assert failure(wish(message_imprint=imprint)) == "bad_alg"

    def test_of_a_digest_of_another_length(self, site):
        imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(20)}
        assert failure(wish(message_imprint=imprint)) == "bad_data_format"

    def test_of_extensions(self, site):
        named = [{"extn_id": "1.2.3", "critical": True, "extn_value": b"\x05\x00"}]
        assert failure(wish(extensions=named)) == "unaccepted_extensions"

    def test_of_a_nonce_without_end(self, site):
        assert failure(wish(nonce=2**2000)) == "bad_data_format"

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(at=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 80))
    def test_a_damaged_request_gets_an_answer_that_openssl_could_read(self, site, at, byte, cut):
        damaged = bytearray(wish(nonce=12345, req_policy=POLICY))
        damaged[at % len(damaged)] = byte

        for request in (bytes(damaged), bytes(damaged[:cut])):
            answer = pki.answer_timestamp_request(request)
            status = der.single(answer).parts()[0].parts()[0].content
            assert status in {b"\x00", b"\x02"}


def test_serial_numbers_do_not_repeat(site):
    tokens = [pki.timestamp(bytes(32)) for _ in range(200)]

    numbers = {pki.verify_timestamp(token, digest=bytes(32)).serial for token in tokens}

    assert len(numbers) == 200

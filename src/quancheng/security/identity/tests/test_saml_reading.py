"""Reading what strangers send: whatever bytes they are, and whatever of a signed message was changed."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity.engine.saml import bindings, metadata, requests, signatures, xml

party = pytest.importorskip("quancheng.security.identity.tests.saml_party")
REQUEST = f"""<samlp:AuthnRequest xmlns:samlp="{xml.SAMLP}" xmlns:saml="{xml.SAML}" ID="%s" Version="2.0"
 IssueInstant="%s"><saml:Issuer>{party.ENTITY}</saml:Issuer></samlp:AuthnRequest>"""


def outcome(read, content):
    """Return whether reading ended as it may: with a result, or a refusal in words."""
    try:
        return read(content) is not None
    except Refusal as refusal:
        return bool(str(refusal))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
@example(b"\xff\xfe<\x00a\x00/\x00>\x00")
def test_reading_whatever_bytes_ends_in_a_root_or_a_refusal(content):
    for read in (xml.parse, lambda text: metadata.read(text, at=timezone.now())):
        assert outcome(read, content)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_unpacking_whatever_text_ends_in_bytes_or_a_refusal(text):
    for read in (bindings.inflate, bindings.decode):
        assert outcome(read, text)


@pytest.mark.parametrize("content", [b"", b"<soap/>", b"<a xmlns='http://schemas.xmlsoap.org/soap/envelope/'/>"])
def test_an_envelope_without_an_answer_says_nothing(content):
    assert outcome(lambda text: not requests.heard(text, "_x"), content)


@pytest.fixture(scope="module")
def own(keys):
    """A key and its certificate."""
    key = load_pem_private_key(Path(keys.key).read_bytes(), None)
    return key, x509.load_pem_x509_certificate(Path(keys.certificate).read_bytes())


def test_a_query_is_signed_and_verified_as_written(own):
    key, certificate = own
    query = signatures.sign_query({"SAMLRequest": "a+b/c=", "RelayState": "这里"}, key)

    signatures.verify_query(query, "SAMLRequest", [signatures.text_of(certificate)])
    with pytest.raises(signatures.BadSignature):
        signatures.verify_query(query.replace("a%2Bb", "a%2bb"), "SAMLRequest", [signatures.text_of(certificate)])


class TestASignature:
    @pytest.fixture(scope="class")
    def message(self, own):
        key, certificate = own
        root = etree.fromstring(REQUEST % ("_a", "2026-11-23T00:00:00Z"))
        return xml.plain(signatures.sign(root, key=key, certificate=certificate))

    def test_of_ours_is_good(self, message, own):
        signed = signatures.verified(xml.parse(message), [signatures.text_of(own[1])])

        assert signed.get("ID") == "_a"

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_covers_every_byte_that_is_used(self, message, own, data):
        place = data.draw(st.integers(0, len(message) - 1))
        cut = data.draw(st.integers(0, 3))
        changed = message[:place] + data.draw(st.binary(max_size=3)) + message[place + cut :]
        try:
            signed = signatures.verified(xml.parse(changed), [signatures.text_of(own[1])])
        except Refusal:
            return
        # What is still good says the same as before: only where nothing is read, as in blanks, may it have changed.
        assert etree.tostring(signed, method="c14n2") == self.said(message, own)

    @staticmethod
    def said(message, own):
        return etree.tostring(signatures.verified(xml.parse(message), [signatures.text_of(own[1])]), method="c14n2")

    def test_of_a_key_whose_certificate_has_expired_is_refused(self, tmp_path):
        old = party.pair(tmp_path, "old", days=-1)
        key = load_pem_private_key(Path(old.key).read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(Path(old.certificate).read_bytes())
        root = signatures.sign(etree.fromstring(REQUEST % ("_a", "x")), key=key, certificate=certificate)

        with pytest.raises(signatures.BadSignature):
            signatures.verified(xml.parse(xml.plain(root)), [signatures.text_of(certificate)])

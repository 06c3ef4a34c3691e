"""CMS signatures that can be judged years later: CAdES B-LT, believed by openssl without any network."""

import pytest
from asn1crypto import cms
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import cades
from quancheng.security.pki.tests.conftest import CODE, NAME

pytestmark = pytest.mark.django_db
TEXT = "关于印发工作方案的通知".encode()


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def signed(seal):
    return pki.sign_cades(TEXT, organisation=CODE)


def why(message, content=TEXT):
    with pytest.raises(pki.BadSignature) as refused:
        pki.verify_cades(message, content=content)
    return str(refused.value)


def parts(message):
    data = cms.ContentInfo.load(message)["content"]
    return data, data["signer_infos"][0]


class TestOpenSsl:
    VERIFY = ("cms", "-verify", "-binary", "-cades", "-purpose", "any", "-inform", "DER", "-in", "message")

    def test_believes_it_with_its_own_revocation_lists(self, signed, openssl):
        # -cades: the signed attributes name the certificate; -crl_check_all: by the lists that the message brings.
        verify = (*self.VERIFY, "-crl_check_all", "-CAfile", "roots.pem", "-content", "text")

        assert openssl(*verify, message=signed, text=TEXT).returncode == 0
        assert openssl(*verify, text=b"other").returncode != 0

    def test_finds_no_name_of_the_certificate_in_a_plain_message(self, seal, openssl):
        plain = pki.sign_cms(TEXT, organisation=CODE)

        done = openssl(*self.VERIFY, "-CAfile", "roots.pem", "-content", "text", message=plain, text=TEXT)

        assert done.returncode != 0

    def test_believes_the_timestamp_over_the_signature(self, signed, openssl):
        _data, info = parts(signed)
        (attribute,) = info["unsigned_attrs"]

        done = openssl(
            "ts", "-verify", "-token_in", "-in", "token", "-data", "over", "-CAfile", "roots.pem",
            token=attribute["values"][0].dump(), over=info["signature"].native,
        )  # fmt: skip

        assert done.returncode == 0, done.stderr


class TestOurVerdict:
    @pytest.mark.parametrize("enclosed", [True, False])
    def test_names_the_organisation_and_the_moment(self, seal, enclosed):
        message = pki.sign_cades(TEXT, organisation=CODE, enclosed=enclosed)

        found = pki.verify_cades(message, content=None if enclosed else TEXT)

        assert (found.organisation, found.name) == (CODE, NAME)
        assert found.at

    def test_says_that_the_content_was_changed(self, signed):
        assert "not over this content" in why(signed, b"other")

    def test_says_that_a_plain_message_lacks_what_makes_it_last(self, seal):
        assert "lacks a part of CAdES B-LT" in why(pki.sign_cms(TEXT, organisation=CODE))

    def test_says_that_the_timestamp_is_of_another_signature(self, signed, seal):
        taken, other = (cades._taken_apart(item) for item in (signed, pki.sign_cades(b"other", organisation=CODE)))

        assert "timestamp is not over this signature" in why(cades._extended(taken.plain, other.token, taken.lists))

    def test_says_that_the_lists_are_gone(self, signed):
        taken = cades._taken_apart(signed)

        assert "brings no revocation list" in why(cades._extended(taken.plain, taken.token, ()))

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
    def test_refuses_a_message_with_one_bit_flipped(self, signed, at, bit):
        damaged = bytearray(signed)
        damaged[at % len(signed)] ^= 1 << bit

        assert why(bytes(damaged))

"""One flipped bit in a JWS, CMS message or token is refused, and what was signed verifies."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from quancheng.security.pki import public as pki
from quancheng.security.pki import queries
from quancheng.security.pki.actions import setup
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
CODE, NAME = "370100-spfw", "济南市行政审批服务局"
GRANTS = tuple(pmi.Grant(f"pki.{what}") for what in ("certificate.revoke", "certificate.issue", "seal.create"))
ADMIN = pmi.Actor(id="staff:1", name="管理员", kind="staff", grants=GRANTS)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def flipped(content, data):
    # Drawn without the length, which differs a little between two signatures over the same content.
    at = data.draw(st.integers(0, 2**20)) % (len(content) * 8)
    changed = bytearray(content)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)


class Roomy(jws.JWSRegistry):
    """joserfc's registry with room for a chain of certificates in the header."""

    max_header_length = 8192


class TestJws:
    @FEW
    @given(payload=st.binary(max_size=200))
    def test_names_who_signed(self, seal, payload):
        found = pki.verify_jws(payload, pki.sign_jws(payload, organisation=CODE))

        assert (found.organisation, found.name, found.profile) == (CODE, NAME, "seal")

    def test_is_a_detached_jws_as_the_rfc_has_it(self, seal):
        public = seal.certificate.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

        head, empty, signature = pki.sign_jws(b"payload", organisation=CODE).split(".")

        assert empty == ""
        body = base64.urlsafe_b64encode(b"payload").rstrip(b"=").decode()
        whole, key = f"{head}.{body}.{signature}", ECKey.import_key(public)
        assert jws.deserialize_compact(whole, key, registry=Roomy(algorithms=["ES256"])).payload == b"payload"

    @FEW
    @given(data=st.data())
    def test_every_flipped_bit_is_refused(self, seal, data):
        made = pki.sign_jws(b"payload", organisation=CODE).encode()

        with pytest.raises(pki.BadSignature):
            pki.verify_jws(b"payload", flipped(made, data).decode("latin-1"))

    @FEW
    @given(text=st.text(max_size=60))
    def test_no_text_breaks_it(self, site, text):
        with pytest.raises(pki.BadSignature):
            pki.verify_jws(b"", text)

    def test_another_payload_is_refused(self, seal):
        with pytest.raises(pki.BadSignature):
            pki.verify_jws(b"other", pki.sign_jws(b"payload", organisation=CODE))

    @pytest.mark.parametrize(
        "header", [{"alg": "none"}, {"alg": "HS256"}, {"crit": ["b64"], "b64": False}, {"x5c": []}]
    )
    def test_other_algorithms_and_extensions_are_refused(self, seal, header):
        head, _, signature = pki.sign_jws(b"payload", organisation=CODE).split(".")
        content = {**json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))), **header}
        forged = base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

        with pytest.raises(pki.BadSignature):
            pki.verify_jws(b"payload", f"{forged}..{signature}")

    def test_a_revoked_seal_signs_nothing_more_and_what_it_signed_before_stays(self, seal):
        before = datetime.now(UTC)
        made = pki.sign_jws(b"payload", organisation=CODE)
        pki.revoke(actor=ADMIN, serial=seal.holder.serial, reason="keyCompromise", at=before + timedelta(seconds=1))

        with pytest.raises(pki.NoSeal):
            pki.sign_jws(b"payload", organisation=CODE)
        with pytest.raises(pki.BadSignature):
            pki.verify_jws(b"payload", made, at=before + timedelta(hours=1))
        assert pki.verify_jws(b"payload", made, at=before).organisation == CODE

    def test_a_timestamp_certificate_signs_no_messages(self, site):
        made = setup.timestamp_signer().jws(b"payload")

        with pytest.raises(pki.BadSignature):
            pki.verify_jws(b"payload", made)

    def test_another_city_s_seal_is_not_trusted(self, seal, monkeypatch, tmp_path):
        made = pki.sign_jws(b"payload", organisation=CODE)
        (queries.config.folder()).rename(tmp_path / "elsewhere")

        with pytest.raises(pki.BadSignature):
            pki.verify_jws(b"payload", made)

    def test_an_expired_seal_is_refused(self, seal):
        made = pki.sign_jws(b"payload", organisation=CODE)

        with pytest.raises(pki.BadSignature):
            pki.verify_jws(b"payload", made, at=datetime.now(UTC) + timedelta(days=4 * 365))

    def test_the_zone_signs_its_bundles(self, site):
        assert pki.verify_jws(b"bundle", pki.zone_signer().jws(b"bundle")).organisation == "zone:all"


class TestCms:
    @FEW
    @given(data=st.data())
    def test_every_flipped_bit_is_refused(self, seal, data):
        made = pki.sign_cms(b"content", organisation=CODE)
        assert pki.verify_cms(made, content=b"content").organisation == CODE

        with pytest.raises(pki.BadSignature):
            pki.verify_cms(flipped(made, data), content=b"content")

    def test_another_content_is_refused(self, seal):
        with pytest.raises(pki.BadSignature):
            pki.verify_cms(pki.sign_cms(b"content", organisation=CODE), content=b"other")


class TestTimestamp:
    def test_states_when_and_by_whom(self, site):
        token = pki.timestamp(hashlib.sha256(b"content").digest())

        found = pki.verify_timestamp(token, content=b"content")

        assert abs(found.at - datetime.now(UTC)) < timedelta(seconds=10)
        assert "Timestamp" in found.authority

    def test_another_content_is_refused(self, site):
        token = pki.timestamp(hashlib.sha256(b"content").digest())

        with pytest.raises(pki.BadTimestamp):
            pki.verify_timestamp(token, content=b"other")

    def test_serial_numbers_do_not_repeat(self, site):
        tokens = [pki.timestamp(bytes(32)) for _ in range(20)]

        assert len({pki.verify_timestamp(token, digest=bytes(32)).serial for token in tokens}) == 20

    @FEW
    @given(data=st.data())
    def test_every_flipped_bit_is_refused(self, site, data):
        token = pki.timestamp(bytes(32))

        with pytest.raises(pki.BadTimestamp):
            pki.verify_timestamp(flipped(token, data), digest=bytes(32))

    def test_a_digest_of_a_wrong_length_is_refused(self, site):
        with pytest.raises(pki.BadTimestamp):
            pki.timestamp(bytes(20))


class TestActions:
    def test_a_second_seal_is_refused_until_the_first_is_revoked(self, site):
        now = datetime.now(UTC)
        made = pki.create_seal(actor=ADMIN, code=CODE, name=NAME, at=now)
        with pytest.raises(pki.SealExists):
            pki.create_seal(actor=ADMIN, code=CODE, name=NAME, at=now)

        pki.revoke(actor=ADMIN, serial=made.serial, reason="superseded", at=now)

        assert pki.create_seal(actor=ADMIN, code=CODE, name=NAME, at=now).serial != made.serial
        with pytest.raises(pki.AlreadyRevoked):
            pki.revoke(actor=ADMIN, serial=made.serial, reason="superseded", at=now)
        with pytest.raises(pki.NoSuchCertificate):
            pki.revoke(actor=ADMIN, serial="00", reason="superseded", at=now)

    def test_nobody_without_the_privilege_makes_a_seal(self, site):
        with pytest.raises(pmi.Forbidden):
            pki.create_seal(actor=pmi.ANONYMOUS, code=CODE, name=NAME, at=datetime.now(UTC))

    def test_making_sure_of_a_seal_makes_one_only(self, site):
        assert pki.ensure_organisation_seal(CODE, NAME) == pki.ensure_organisation_seal(CODE, NAME)

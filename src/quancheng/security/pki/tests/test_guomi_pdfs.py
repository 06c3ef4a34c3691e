"""Seals on PDF in the suite guomi: judged by us, and taken to pieces by openssl."""

import hashlib
import io
from datetime import UTC, datetime, timedelta

import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from quancheng.security.pki import config, queries
from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import certificates, der, guomi_pdfs, keys, pdfs
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.tests.conftest import CODE, NAME
from quancheng.security.pki.tests.test_guomi import DISTID, public_pem
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
PAPER = typst.compile(b"#set page(width: 210mm, height: 297mm)\n= Licence\n#pagebreak()\nSecond page")
OFFICER = pmi.service_actor("pki")


@pytest.fixture(autouse=True)
def guomi(site, monkeypatch):
    """A site whose ceremony chooses guomi."""
    found = config.Config(suite="guomi", passphrase="secret")
    monkeypatch.setattr(config, "settings", lambda: found)


@pytest.fixture
def sealed(seal):
    """A document of two pages with a seal."""
    return pki.seal_pdf(PAPER, organisation=CODE, reason="准予行政许可")


def embedded(pdf):
    return list(PdfFileReader(io.BytesIO(pdf)).embedded_signatures)


class TestSeal:
    def test_names_the_organisation_the_reason_and_the_time(self, sealed):
        verdict = pki.verify_pdf(sealed)

        assert verdict.problems == ()
        assert (verdict.valid, verdict.intact, verdict.trusted) == (True, True, True)
        assert (verdict.organisation, verdict.name, verdict.seals[0].reason) == (CODE, NAME, "准予行政许可")
        assert abs(verdict.timestamped_at - datetime.now(UTC)) < timedelta(seconds=10)

    def test_appends_and_leaves_the_document_as_it_was(self, sealed):
        assert sealed.startswith(PAPER)

    def test_says_sm2_and_sm3_under_the_common_names_and_openssl_agrees_with_digest_and_signature(
        self, seal, sealed, openssl
    ):
        message, content, _end = guomi_pdfs.parts(sealed, embedded(sealed)[0])

        printed = openssl("cms", "-cmsout", "-print", "-inform", "DER", "-in", "message", message=message).stdout

        assert "pkcs7-signedData" in printed
        assert "sm3" in printed
        assert "1.2.156.10197.1.301.1" in printed
        # `openssl cms -verify` cannot be told the signer's identity, which goes into every SM2 signature: so by hand.
        *_others, infos = der.single(der.single(message).parts()[1].content).parts()
        parts = {item.tag: item for item in der.single(infos.content).parts()}
        attributes, signature = b"\x31" + parts[0xA0].whole[1:], parts[der.OCTETS].content
        found = openssl(
            "dgst", "-sm3", "-sigopt", DISTID, "-verify", "public", "-signature", "signature", "attributes",
            public=public_pem(seal.certificate), signature=signature, attributes=attributes,
        )  # fmt: skip
        assert found.returncode == 0
        digest = openssl("dgst", "-sm3", "-r", "content", content=content).stdout.split()[0]
        assert bytes.fromhex(digest) in attributes
        assert hashlib.sha256(certificates.der(seal.certificate)).digest() in attributes

    def test_the_timestamp_over_the_file_is_one_that_openssl_reads(self, sealed, openssl):
        token, content, end = guomi_pdfs.parts(sealed, embedded(sealed)[-1])

        printed = openssl("ts", "-reply", "-token_in", "-in", "token", "-text", token=token).stdout

        assert end == len(sealed)
        assert "Hash Algorithm: sm3" in printed
        assert pki.verify_timestamp(token, content=content)

    def test_carries_what_a_later_check_needs(self, sealed):
        store = PdfFileReader(io.BytesIO(sealed)).root["/DSS"]

        assert (len(store["/Certs"]), len(store["/CRLs"])) == (3, 2)

    def test_several_organisations_may_seal_one_document_and_one_may_twice(self, sealed):
        pki.ensure_organisation_seal("370100-xfjy", "济南市消防救援支队")

        both = pki.seal_pdf(sealed, organisation="370100-xfjy", reason="同意", box=(0, 100, 100, 219, 219))
        thrice = pki.seal_pdf(both, organisation=CODE, reason="换发")

        verdict = pki.verify_pdf(thrice)
        assert verdict.problems == ()
        assert [item.organisation for item in verdict.seals] == [CODE, "370100-xfjy", CODE]

    @pytest.mark.parametrize("junk", [b"", b"no pdf", PAPER[:500]])
    def test_what_is_no_pdf_is_refused(self, seal, junk):
        with pytest.raises(pki.Unsealable):
            pki.seal_pdf(junk, organisation=CODE, reason="")


class TestJudgement:
    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(at=st.integers(0, 2**20), bit=st.integers(0, 7))
    def test_every_flipped_bit_of_the_file_is_found(self, sealed, at, bit):
        changed = bytearray(sealed)
        changed[at % len(sealed)] ^= 1 << bit

        verdict = pki.verify_pdf(bytes(changed))

        assert not verdict.valid
        assert verdict.problems

    def test_says_that_the_document_was_changed(self, sealed):
        at = sealed.index(b"stream\n") + 12

        verdict = pki.verify_pdf(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])

        assert (verdict.intact, verdict.valid) == (False, False)
        assert any("盖章后被改动" in str(item) for item in verdict.problems)

    def test_what_is_added_after_the_seal_is_found_even_with_a_timestamp_over_it(self, sealed):
        """Everybody can have a timestamp: it must not make good what somebody wrote over the sealed page."""
        assert not pki.verify_pdf(sealed + b"\n% a comment\n%%EOF\n").valid
        writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
        page, _resources = writer.find_page_for_modification(0)
        page.get_object()["/Rotate"] = guomi_pdfs.NameObject("/x")
        writer.mark_update(page)

        def stamp(content):
            return pki.timestamp(hashlib.new("sm3", content).digest(), algorithm="sm3")

        forged = guomi_pdfs._embed(
            writer, guomi_pdfs.fields.SigFieldSpec("again"), guomi_pdfs.DocumentTimestamp(), None, stamp
        )

        verdict = pki.verify_pdf(forged)
        assert not verdict.valid
        assert any("添加" in str(item) or "增加" in str(item) for item in verdict.problems)

    def test_a_seal_without_a_timestamp_is_not_valid(self, seal, sealed):
        _message, _content, end = guomi_pdfs.parts(sealed, embedded(sealed)[0])

        verdict = pki.verify_pdf(sealed[:end])

        assert (verdict.valid, verdict.timestamped_at) == (False, None)

    def test_a_seal_set_before_its_revocation_stays_genuine_and_one_set_after_is_not(self, sealed):
        serial = pki.verify_pdf(sealed).serial
        pki.revoke(actor=OFFICER, serial=serial, reason="superseded", at=datetime.now(UTC) + timedelta(seconds=2))
        assert pki.verify_pdf(sealed).problems == ()

        earlier = datetime.now(UTC) - timedelta(minutes=2)
        Certificate.objects.filter(serial=serial).update(revoked_at=earlier)
        verdict = pki.verify_pdf(sealed)
        assert (verdict.intact, verdict.trusted, verdict.valid) == (True, False, False)

    def test_another_city_s_seal_is_not_trusted(self, sealed, tmp_path):
        queries.config.folder().rename(tmp_path / "elsewhere")

        verdict = pki.verify_pdf(sealed)

        assert (verdict.trusted, verdict.valid) == (False, False)

    def test_a_certificate_that_is_no_seal_does_not_seal(self, seal, sealed):
        device = keys.new(seal.suite)
        assert device.public.kind == "SM2"
        zone = pki.zone_signer()
        made = pdfs.seal(
            PAPER, signer=zone, trust=queries.trust(), reason="x", box=None,
            serve_timestamp=pki.answer_timestamp_request,
        )  # fmt: skip

        assert not pki.verify_pdf(made).trusted

"""Sealed documents: who, when, and whether anything was changed."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from quancheng.security.pki import public as pki
from quancheng.security.pki import queries
from quancheng.security.pki.engine import drawing, signing
from quancheng.security.pki.models import Certificate
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
CODE, NAME = "370100-spfw", "济南市行政审批服务局"
ADMIN = pmi.Actor(id="staff:1", name="管理员", kind="staff", grants=(pmi.Grant("pki.certificate.revoke"),))
PAPER = typst.compile(b"#set page(width: 210mm, height: 297mm)\n= Licence\n#pagebreak()\nSecond page")


@pytest.fixture
def sealed(seal):
    """A document of two pages with a seal."""
    return pki.seal_pdf(PAPER, organisation=CODE, reason="准予行政许可")


class TestSealPdf:
    def test_names_the_organisation_the_reason_and_the_time(self, sealed):
        verdict = pki.verify_pdf(sealed)

        assert verdict.problems == ()
        assert (verdict.valid, verdict.organisation, verdict.name) == (True, CODE, NAME)
        assert verdict.seals[0].reason == "准予行政许可"
        assert abs(verdict.timestamped_at - datetime.now(UTC)) < timedelta(seconds=10)

    def test_appends_and_leaves_the_document_as_it_was(self, sealed):
        assert sealed.startswith(PAPER)

    def test_convinces_pyhanko_without_this_site(self, sealed):
        (embedded,) = PdfFileReader(io.BytesIO(sealed)).embedded_regular_signatures
        roots = [signing.to_asn1(queries.trust().roots[0])]
        context = ValidationContext(trust_roots=roots, allow_fetching=False)

        status = validate_pdf_signature(embedded, context, context)

        assert status.bottom_line
        assert embedded.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"

    def test_carries_what_a_later_check_needs(self, sealed):
        store = PdfFileReader(io.BytesIO(sealed)).root["/DSS"]

        assert len(store["/CRLs"]) >= 1
        assert len(store["/Certs"]) >= 2

    def test_several_organisations_may_seal_one_document(self, sealed):
        pki.ensure_organisation_seal("370100-xfjy", "济南市消防救援支队")

        both = pki.seal_pdf(sealed, organisation="370100-xfjy", reason="同意", box=(0, 100, 100, 219, 219))

        verdict = pki.verify_pdf(both)
        assert verdict.problems == ()
        assert [item.organisation for item in verdict.seals] == [CODE, "370100-xfjy"]

    def test_the_same_organisation_may_seal_twice(self, sealed):
        twice = pki.seal_pdf(sealed, organisation=CODE, reason="换发")

        assert len({item.field for item in pki.verify_pdf(twice).seals}) == 2

    @pytest.mark.parametrize("junk", [b"", b"no pdf", PAPER[:500]])
    def test_what_is_no_pdf_is_refused(self, seal, junk):
        with pytest.raises(pki.Unsealable):
            pki.seal_pdf(junk, organisation=CODE, reason="")

    def test_a_page_that_is_not_there_is_refused(self, seal):
        with pytest.raises(pki.Unsealable):
            pki.seal_pdf(PAPER, organisation=CODE, reason="", box=(7, 0, 0, 9, 9))

    def test_an_organisation_without_a_seal_cannot(self, site):
        with pytest.raises(pki.NoSeal):
            pki.seal_pdf(PAPER, organisation=CODE, reason="")


class TestVerifyPdf:
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(at=st.integers(0, 2**20), bit=st.integers(0, 7))
    def test_every_flipped_bit_of_the_file_is_found(self, sealed, at, bit):
        changed = bytearray(sealed)
        changed[at % len(sealed)] ^= 1 << bit

        verdict = pki.verify_pdf(bytes(changed))

        assert not verdict.valid
        assert verdict.problems

    def test_what_is_added_after_the_last_seal_is_found(self, sealed):
        assert not pki.verify_pdf(sealed + b"\n").valid
        assert not pki.verify_pdf(sealed + b"\n% a comment\n%%EOF\n").valid

    def test_says_that_the_document_was_changed(self, sealed):
        # Inside the first stream, where a reader does not stumble over it.
        at = sealed.index(b"stream\n") + 12

        verdict = pki.verify_pdf(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])

        assert not verdict.intact
        assert any("盖章后被改动" in str(item) or "changed after" in str(item) for item in verdict.problems)

    def test_what_is_no_pdf_or_has_no_seal_is_said_to_be(self, site):
        assert not pki.verify_pdf(b"junk").valid
        assert not pki.verify_pdf(PAPER).valid
        assert pki.verify_pdf(b"junk").problems != pki.verify_pdf(PAPER).problems

    def test_a_seal_set_before_its_revocation_stays_genuine(self, sealed):
        serial = pki.verify_pdf(sealed).serial
        later = datetime.now(UTC) + timedelta(seconds=2)
        pki.revoke(actor=ADMIN, serial=serial, reason="superseded", at=later)

        assert pki.verify_pdf(sealed).problems == ()

    def test_a_seal_set_after_its_revocation_is_not(self, sealed):
        earlier = datetime.now(UTC) - timedelta(minutes=2)
        Certificate.objects.filter(profile="seal").update(revoked_at=earlier, revocation_reason="keyCompromise")

        verdict = pki.verify_pdf(sealed)

        assert not verdict.valid
        assert not verdict.trusted

    def test_another_city_s_seal_is_not_trusted(self, sealed, tmp_path):
        queries.config.folder().rename(tmp_path / "elsewhere")

        verdict = pki.verify_pdf(sealed)

        assert (verdict.trusted, verdict.valid) == (False, False)


class TestDrawing:
    @pytest.mark.parametrize("name", ["局", NAME, "济南市历下区市场监督管理局综合行政执法大队", 'A"b\\c'])
    def test_draws_every_name_on_one_page(self, name):
        assert drawing.seal(name).startswith(b"%PDF")

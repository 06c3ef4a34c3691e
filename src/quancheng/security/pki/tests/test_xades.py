"""Signatures on XML: XAdES B-LT that xmlsec1 and signxml believe, and that ours refuses with the exact reason."""

import base64
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml import SignatureConfiguration
from signxml.xades import XAdESVerifier

from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import certificates, xades
from quancheng.security.pki.tests.conftest import CODE, NAME
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
DOCUMENT = '<?xml version="1.0"?>\n<公文 xmlns="urn:city" 密级="无">\n  <标题>关于&amp;公告</标题>\n</公文>\n'.encode()
SPACES = {"ds": xades.DS, "xades": xades.XADES}
PROPERTIES = "//xades:QualifyingProperties"
ANY = pmi.Actor(id="staff:1", name="管理员", kind="staff", grants=(pmi.Grant("pki.certificate.revoke"),))


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def signed(seal):
    return pki.sign_xml(DOCUMENT, organisation=CODE)


@pytest.fixture
def beside(seal):
    return pki.sign_xml(b"\x00file", organisation=CODE, name="图 1.bin")


@pytest.fixture
def xmlsec1(tmp_path, site):
    """xmlsec1 with this site's roots: returns whether it believes a signature."""

    def judge(signature, **files):
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        (tmp_path / "signed.xml").write_bytes(signature)
        (tmp_path / "roots.pem").write_text("".join(pki.trusted_roots()))
        known = ["--id-attr:Id", f"{xades.XADES}:SignedProperties", "--trusted-pem", "roots.pem"]
        done = subprocess.run(
            ["xmlsec1", "--verify", *known, "signed.xml"], cwd=tmp_path, capture_output=True, check=False
        )
        return done.returncode == 0

    return judge


def why(signature, content=None):
    with pytest.raises(pki.BadSignature) as refused:
        pki.verify_xml(signature, content=content)
    return str(refused.value)


class TestJudges:
    def test_xmlsec1_believes_both_forms(self, signed, xmlsec1, seal):
        beside = pki.sign_xml(b"\x00file", organisation=CODE, name="file.bin")

        assert xmlsec1(signed)
        assert not xmlsec1(signed.replace("公告".encode(), "通告".encode()))
        assert xmlsec1(beside, **{"file.bin": b"\x00file"})
        assert not xmlsec1(beside, **{"file.bin": b"\x00other"})

    def test_signxml_reads_the_signed_properties(self, seal, tmp_path):
        # Names of elements in ASCII: signxml 5.2 writes others as references to characters, which is no XML.
        signed = pki.sign_xml("<公文><a>关于&amp;公告</a></公文>".replace("公文", "letter").encode(), organisation=CODE)
        (tmp_path / "roots.pem").write_text("".join(pki.trusted_roots()))

        found = XAdESVerifier().verify(
            signed, ca_pem_file=str(tmp_path / "roots.pem"), expect_config=SignatureConfiguration(expect_references=2)
        )

        assert found[0].signed_xml.find("a").text == "关于&公告"
        assert any(item.tag.endswith("SignedProperties") for item in (part.signed_xml for part in found))

    def test_the_parts_of_b_lt_stand_where_en_319_132_wants_them(self, signed, seal):
        tree = etree.fromstring(signed)

        def names(path):
            return [etree.QName(item).localname for item in tree.xpath(path, namespaces=SPACES)]

        assert names(f"{PROPERTIES}/*") == ["SignedProperties", "UnsignedProperties"]
        assert names(f"{PROPERTIES}//xades:SignedSignatureProperties/*") == ["SigningTime", "SigningCertificateV2"]
        assert names(f"{PROPERTIES}//xades:SignedDataObjectProperties/*") == ["DataObjectFormat"]
        wanted = ["SignatureTimeStamp", "CertificateValues", "RevocationValues"]
        assert names(f"{PROPERTIES}//xades:UnsignedSignatureProperties/*") == wanted
        (certificate,) = tree.xpath("//ds:X509Certificate[1]", namespaces=SPACES)
        own = x509.load_der_x509_certificate(base64.b64decode(certificate.text))
        assert own == seal.certificate
        lists = tree.xpath("//xades:EncapsulatedCRLValue", namespaces=SPACES)
        assert len([x509.load_der_x509_crl(base64.b64decode(item.text)) for item in lists]) == 2

    def test_the_timestamp_is_believed_by_openssl(self, signed, openssl):
        tree = etree.fromstring(signed)
        (value,) = tree.xpath("//ds:SignatureValue", namespaces=SPACES)
        (token,) = tree.xpath("//xades:EncapsulatedTimeStamp", namespaces=SPACES)
        over = etree.tostring(value, method="c14n", exclusive=True, with_tail=False)

        done = openssl(
            "ts", "-verify", "-token_in", "-in", "token", "-data", "over", "-CAfile", "roots.pem",
            token=base64.b64decode(token.text), over=over,
        )  # fmt: skip

        assert done.returncode == 0, done.stderr


class TestOurVerdict:
    def test_names_the_organisation_and_the_moment(self, signed, beside):
        for found in (pki.verify_xml(signed), pki.verify_xml(beside, content=b"\x00file")):
            assert (found.organisation, found.name) == (CODE, NAME)
            assert abs(found.at - datetime.now(UTC)) < timedelta(minutes=1)

    def test_says_that_the_content_was_changed(self, signed, beside):
        assert "not over this content" in why(signed.replace("公告".encode(), "通告".encode()))
        assert "not over this content" in why(beside, b"other")

    def test_says_that_the_other_form_was_meant(self, signed, beside):
        assert "stands where it should not" in why(signed, DOCUMENT)
        assert "stands where it should not" in why(beside)

    def test_counts_the_revocation_that_came_before_the_timestamp(self, signed, seal):
        serial = certificates.serial_text(seal.certificate)
        now = timezone.now()
        pki.revoke(actor=ANY, serial=serial, reason="keyCompromise", at=now - timedelta(hours=1))

        assert "revoked" in why(signed)

    def test_keeps_what_was_signed_before_the_revocation(self, signed, seal):
        serial = certificates.serial_text(seal.certificate)
        pki.revoke(actor=ANY, serial=serial, reason="superseded", at=timezone.now() + timedelta(minutes=1))

        assert pki.verify_xml(signed).organisation == CODE

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda text: text.replace("</ds:Signature>", "<!-- x --></ds:Signature>"), "comments"),
            (lambda text: text.replace("?>\n", '?>\n<!DOCTYPE 公文 [<!ENTITY a "b">]>\n', 1), "document type (DTD)"),
            (lambda text: "<x>" + text.partition("?>\n")[2] + "</x>", "stands where it should not"),
            (lambda text: text.replace("</公文>", "<末/></公文>"), "stands where it should not"),
            (lambda text: text.replace('URI=""', 'URI="http://127.0.0.1:9/x"'), "lacks a part"),
            (lambda text: text.replace('URI=""', 'URI="file"'), "form that is not accepted"),
            (lambda text: text.replace("xmlenc#sha256", "xmlenc#sha512"), "form that is not accepted"),
            (lambda text: text.replace("<xades:RevocationValues>", "<xades:Revocation>"), "cannot be read as XML"),
            (lambda text: text[: text.index("<ds:Signature ")] + "</公文>", "no signature"),
            (
                lambda text: text.replace('密级="无"', f'密级="{text.partition("Id=")[2][1:43]}"'),
                "belongs to the signature",
            ),
            (lambda _text: "<" * 40, "cannot be read as XML"),
            (lambda _text: "<a>" * 400 + "</a>" * 400, "cannot be read as XML"),
            (lambda _text: "<a>" + "x" * (13 << 20) + "</a>", "larger than 12 MiB"),
        ],
    )
    def test_names_what_is_wrong(self, signed, change, sentence):
        assert sentence in why(change(signed.decode()).encode())

    def test_of_a_signature_wrapped_around_another_document_is_that_it_is_elsewhere(self, signed):
        # The classic attack: the signed root moves into a corner, a forged one takes its place.
        tree = etree.fromstring(signed)
        forged = etree.fromstring(DOCUMENT)
        forged[0].text = "伪造"
        signature = tree[-1]
        corner = etree.SubElement(signature, f"{{{xades.DS}}}Object")
        tree.remove(signature)
        corner.append(tree)
        forged.append(signature)

        assert "form that is not accepted" in why(etree.tostring(forged, encoding="UTF-8"))

    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(at=st.integers(0, 20_000), bit=st.integers(0, 6))
    def test_holds_whatever_single_bit_is_flipped(self, signed, at, bit):
        damaged = bytearray(signed)
        damaged[at % len(signed)] ^= 1 << bit

        try:
            pki.verify_xml(bytes(damaged))
        except pki.BadSignature:
            return
        # What is left says the same: quotes, blanks within tags, the declaration.
        same = [etree.tostring(etree.fromstring(bytes(item)), method="c14n") for item in (signed, damaged)]
        assert same[0] == same[1]


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (b"no xml", "", "cannot be read as XML"),
            (b"<a><!-- x --></a>", "", "comments"),
            (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "", "document type (DTD)"),
            (b"<a>" + b"x" * (4 << 20) + b"</a>", "", "larger than 4 MiB"),
            (b"x", "../x", "no path"),
            (b"x", "http://x", "no path"),
        ],
    )
    def test_say_why_nothing_was_signed(self, seal, content, name, sentence):
        with pytest.raises(pki.Unsignable, match=sentence.replace("(", r"\(").replace(")", r"\)")):
            pki.sign_xml(content, organisation=CODE, name=name)

    def test_a_second_signature_is_not_put_over_the_first(self, signed):
        with pytest.raises(pki.Unsignable, match="carries a signature already"):
            pki.sign_xml(signed, organisation=CODE)

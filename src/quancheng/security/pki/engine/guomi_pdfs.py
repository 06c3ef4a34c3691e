"""Seals on PDF in the suite guomi: the form of PAdES (ETSI EN 319 142-1) with SM2 and SM3 inside.

pyHanko writes the file and judges what was added to it; it knows no SM2, so the CMS message and the timestamp are ours.
A seal is a detached SignedData with the common names of RFC 5652, in our one form (`messages`), and is followed by a
timestamp over the whole file, from which the time of the seal is taken (level B-T by document timestamp) and which
covers the certificates and lists that are laid in.

This is not the electronic seal of GB/T 38540 and GM/T 0031, whose data are of a form of their own.
"""

import hashlib
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

from asn1crypto import cms, crl, tsp
from cryptography import x509
from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils.generic import NameObject, TextStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, SuspiciousModification
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, PdfSignedData
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.stamp import StaticStampStyle

from quancheng.security.pki.engine import certificates, messages, signing, timestamps


def seal(
    writer: IncrementalPdfFileWriter,
    *,
    signer: signing.Signer,
    field: fields.SigFieldSpec,
    style: StaticStampStyle,
    reason: str,
    at: datetime,
    roots: tuple[x509.Certificate, ...],
    crls: tuple[bytes, ...],
    serve_timestamp: Callable[[bytes], bytes],
) -> bytes:
    """Return the file with the signer's seal in `field`, what a later check needs, and a timestamp over all of it."""
    placeholder = PdfSignedData(NameObject("/Sig"), fields.SigSeedSubFilter.PADES, timestamp=at)
    for key, text in (("/Name", signer.holder.name), ("/Reason", reason)):
        placeholder[NameObject(key)] = TextStringObject(text)
    appearance = cms_embedder.SigAppearanceSetup(style=style, timestamp=at, name=signer.holder.name)
    sealed = _embed(writer, field, placeholder, appearance, lambda content: _message(signer, content))

    above = IncrementalPdfFileWriter(io.BytesIO(sealed), strict=False)
    DocumentSecurityStore.supply_dss_in_writer(
        above,
        None,
        certs=[signing.to_asn1(item) for item in (signer.certificate, *signer.chain, *roots)],
        crls=[crl.CertificateList.load(item) for item in crls],
    )

    def stamp(content: bytes) -> bytes:
        wish = timestamps.request(signer.suite.hash(content), algorithm=signer.suite.digest)
        return timestamps.token_of(serve_timestamp(wish))

    taken = {name for name, _value, _field in fields.enumerate_sig_fields(above.prev)}
    name = next(item for item in (f"timestamp-{number}" for number in range(1, 1000)) if item not in taken)
    return _embed(above, fields.SigFieldSpec(name), DocumentTimestamp(), None, stamp)


def _embed(
    writer: IncrementalPdfFileWriter,
    field: fields.SigFieldSpec,
    placeholder: PdfSignedData,
    appearance: cms_embedder.SigAppearanceSetup | None,
    make: Callable[[bytes], bytes],
) -> bytes:
    """Return the file with what `make` returns for all its bytes but those of the placeholder."""
    steps = cms_embedder.PdfCMSEmbedder(new_field_spec=field).write_cms(field.sig_field_name, writer)
    next(steps)
    steps.send(cms_embedder.SigObjSetup(sig_placeholder=placeholder, appearance_setup=appearance))
    # The digest that pyHanko makes on the way is not used.
    prepared, output = steps.send(cms_embedder.SigIOSetup(md_algorithm="sha256"))
    whole = output.getvalue()
    steps.send(make(whole[: prepared.reserved_region_start] + whole[prepared.reserved_region_end :]))
    return bytes(output.getvalue())


def _message(signer: signing.Signer, content: bytes) -> bytes:
    return messages.make(
        signer, content, enclosed=False, at=None, extra=(_named(signer.certificate),), common_names=True
    )


def _named(certificate: x509.Certificate) -> cms.CMSAttribute:
    """Return the attribute by which a signature names its certificate (RFC 5035)."""
    digest = hashlib.sha256(certificates.der(certificate)).digest()
    value = tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": digest})]})
    return cms.CMSAttribute({"type": "signing_certificate_v2", "values": [value]})


def parts(pdf: bytes, embedded: Any) -> tuple[bytes, bytes, int]:
    """Return a signature's message, the bytes that it is over, and where they end.

    :raises signing.Malformed: when the message does not lie in the file as we write it, to the bit.
    """
    start, length, resume, rest = (int(value) for value in embedded.byte_range)
    end = resume + rest
    hexadecimal = pdf[length:resume]
    if start != 0 or not 0 < length < resume < end <= len(pdf):
        raise signing.Malformed(_("the signature is not over the document"))
    try:
        content = bytes.fromhex(hexadecimal[1:-1].decode("ascii"))
        message = cms.ContentInfo.load(content).dump()
    except messages.UNREADABLE:
        raise signing.Malformed(_("the CMS message cannot be read")) from None
    if hexadecimal != b"<" + message.hex().upper().encode().ljust(resume - length - 2, b"0") + b">":
        raise signing.Malformed(_("the signature does not lie in the document as it was written"))
    return message, pdf[:length] + pdf[resume:end], end


def read(pdf: bytes, embedded: Any) -> tuple[x509.Certificate, ...]:
    """Return the chain of a seal after checking that its first key signed the document.

    :raises signing.Malformed: when it is not in our form.
    :raises signing.Wrong: when it is not over this document, or names another certificate.
    """
    message, content, _end = parts(pdf, embedded)
    _body, chain, attributes = messages.read(message, content=content, common_names=True)
    if _named(chain[0]).dump() not in {item.dump() for item in attributes}:
        raise signing.Wrong(_("the seal was made with another certificate than it names"))
    return chain


def added(embedded: Any) -> bool:
    """Test whether something was added behind a seal that no one may add: only timestamps and lists may follow."""
    embedded.coverage = embedded.evaluate_signature_coverage()
    if embedded.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return True
    return isinstance(embedded.evaluate_modifications(DEFAULT_DIFF_POLICY), SuspiciousModification)

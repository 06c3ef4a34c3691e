"""Seals on PDF: PAdES B-LTA (ETSI EN 319 142) with a visible seal and timestamps, and the judgement of such seals.

The timestamp over the whole document at the end covers what a signature leaves open: its own padding, and the
revocation lists added after it. So one changed bit anywhere in the file is found.
"""

import hashlib
import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, tsp
from cryptography import x509
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError, load_certs_from_pemder_data
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from quancheng.security.pki.engine import certificates, chains, drawing, signing, timestamps
from quancheng.security.pki.engine.suites import MODERN

# pyHanko logs every flaw of a file that somebody brings, with tracebacks; here a flaw is a verdict, not an accident.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)

# Page (from 0; -1 is the last) and the corners left, bottom, right, top in points from the lower left.
Box = tuple[int, float, float, float, float]

MM = 72 / 25.4
DEFAULT_RIGHT, DEFAULT_BOTTOM = 25 * MM, 30 * MM


class Unsealable(ValueError):
    """A file that cannot be sealed: no PDF, encrypted, or without the page that was asked for."""


class OwnTimestamps(TimeStamper):
    """Asks a timestamp service in this process: request bytes in, response bytes out."""

    def __init__(self, serve: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._serve = serve

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._serve(req.dump()))


@dataclass(frozen=True, slots=True)
class Trust:
    """What a judgement rests on: roots, authorities and revocation lists (DER) that are at hand."""

    roots: tuple[x509.Certificate, ...]
    authorities: tuple[x509.Certificate, ...]
    crls: tuple[bytes, ...]
    arc: str

    def context(self, **more: Any) -> ValidationContext:
        """Return the pyHanko context for this trust; it never fetches anything."""
        return ValidationContext(
            trust_roots=[signing.to_asn1(item) for item in self.roots],
            other_certs=[signing.to_asn1(item) for item in self.authorities] + list(more.pop("other_certs", ())),
            crls=[*self.crls, *more.pop("crls", ())],
            allow_fetching=False,
            revocation_mode="soft-fail",
            **more,
        )


def seal(
    pdf: bytes,
    *,
    signer: signing.Signer,
    trust: Trust,
    reason: str,
    box: Box | None,
    serve_timestamp: Callable[[bytes], bytes],
) -> bytes:
    """Return `pdf` with the signer's seal appended as an incremental update.

    :raises Unsealable: when the file is no PDF that can take a seal.
    """
    if signer.suite is not MODERN:
        raise Unsealable(_("seals on PDF are made in the suite modern only; sign the file as CMS in the suite guomi"))
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
        if writer.prev.encrypted:
            raise Unsealable(_("the PDF is encrypted"))
        page, *corners = box or _default_box(writer)
        name = _free_name(writer, f"seal-{signer.holder.organisation}")
        left, bottom, right, top = (round(value) for value in corners)
        field = fields.SigFieldSpec(name, on_page=page, box=(left, bottom, right, top))
        style = StaticStampStyle(
            border_width=0,
            background=_Picture(drawing.seal(signer.holder.name)),
            background_opacity=1,
            background_layout=SimpleBoxLayoutRule(
                AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, margins=Margins(0, 0, 0, 0)
            ),
        )
        store = SimpleCertificateStore()
        store.register_multiple(signing.to_asn1(item) for item in (*signer.chain, *trust.roots))
        cms_signer = _Hand(signer, store)
        meta = signers.PdfSignatureMetadata(
            field_name=name,
            md_algorithm="sha256",
            reason=reason,
            name=signer.holder.name,
            subfilter=fields.SigSeedSubFilter.PADES,
            embed_validation_info=True,
            use_pades_lta=True,
            # Everything that is added goes before the last timestamp, so that nothing stands behind it.
            dss_settings=DSSContentSettings(
                include_vri=False,
                placement=SigDSSPlacementPreference.TOGETHER_WITH_NEXT_TS,
                next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
            ),
            validation_context=trust.context(),
        )
        made = signers.PdfSigner(
            meta,
            cms_signer,
            timestamper=OwnTimestamps(serve_timestamp),
            stamp_style=style,
            new_field_spec=field,
        ).sign_pdf(writer)
    except (PdfError, SigningError, IndexError) as error:
        raise Unsealable(str(error)) from error
    return made.getvalue()


class _Hand(signers.Signer):
    """Signs with one of our signers, wherever its key is kept."""

    def __init__(self, signer: signing.Signer, store: SimpleCertificateStore) -> None:
        super().__init__(signing_cert=signing.to_asn1(signer.certificate), cert_registry=store, embed_roots=False)
        self._signer = signer

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        # The longest DER of two 32-byte numbers.
        return bytes(72) if dry_run else self._signer.sign(data)


class _Picture(PdfContent):
    """The drawn seal as the content of a stamp."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn = drawn
        super().__init__()

    def render(self) -> bytes:
        drawn = self._ensure_writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self._drawn)))
        self.resources.xobject["/Seal"] = drawn
        left, bottom, right, top = (float(value) for value in drawn.get_object()["/BBox"])
        self.box = BoxConstraints(width=right - left, height=top - bottom)
        return b"/Seal Do"


def _default_box(writer: IncrementalPdfFileWriter) -> Box:
    """Return where a seal stands unless told otherwise: at its true size, lower right on the last page."""
    page, _resources = writer.find_page_for_modification(-1)
    media = page.get_object()
    while "/MediaBox" not in media:
        media = media["/Parent"]
    _left, bottom, right, _top = (float(value) for value in media["/MediaBox"])
    side = drawing.SIZE_MM * MM
    left, low = right - DEFAULT_RIGHT - side, bottom + DEFAULT_BOTTOM
    return (-1, left, low, left + side, low + side)


def _free_name(writer: IncrementalPdfFileWriter, wish: str) -> str:
    taken = {name for name, _value, _field in fields.enumerate_sig_fields(writer.prev)}
    wish = wish.replace(".", "-")
    return next(name for name in (wish, *(f"{wish}-{at}" for at in range(2, 1000))) if name not in taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealVerdict:
    """One seal on a document. `valid` is intact, trusted and timestamped together."""

    valid: bool
    intact: bool
    trusted: bool
    organisation: str
    name: str
    serial: str
    field: str
    reason: str
    timestamped_at: datetime | None
    problems: tuple[str | Promise, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfVerdict:
    """All seals on a document. `organisation`, `name` and `timestamped_at` are those of the last seal."""

    valid: bool
    intact: bool
    trusted: bool
    organisation: str
    name: str
    serial: str
    timestamped_at: datetime | None
    seals: tuple[SealVerdict, ...]
    problems: tuple[str | Promise, ...]


def _nothing(problem: str | Promise) -> PdfVerdict:
    return PdfVerdict(
        valid=False,
        intact=False,
        trusted=False,
        organisation="",
        name="",
        serial="",
        timestamped_at=None,
        seals=(),
        problems=(problem,),
    )


def judge(pdf: bytes, *, trust: Trust, revoked: chains.Revoked) -> PdfVerdict:
    """Judge every seal on `pdf`; whatever bytes come in, a verdict comes out."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        seals = list(reader.embedded_regular_signatures)
        kept = _kept(reader)
        closed = bool(seals) and _closed(pdf, reader, trust)
    except Exception:  # noqa: BLE001 - a broken PDF breaks the reader in countless ways, all of which mean the same
        return _nothing(_("The file cannot be read as a PDF."))
    if not seals:
        return _nothing(_("The document carries no seal."))
    verdicts = tuple(
        _judge_one(item, last=item is seals[-1], trust=trust, kept=kept, revoked=revoked) for item in seals
    )
    latest = verdicts[-1]
    changed = () if closed else (_("Something in the file is not as it was when the last seal was set."),)
    return PdfVerdict(
        valid=closed and all(item.valid for item in verdicts),
        intact=closed and all(item.intact for item in verdicts),
        trusted=all(item.trusted for item in verdicts),
        organisation=latest.organisation,
        name=latest.name,
        serial=latest.serial,
        timestamped_at=latest.timestamped_at,
        seals=verdicts,
        problems=(*(problem for item in verdicts for problem in item.problems), *changed),
    )


def _closed(pdf: bytes, reader: PdfFileReader, trust: Trust) -> bool:
    """Test whether the last timestamp is over every byte of the file but its own, and those are as we write them."""
    last = reader.embedded_signatures[-1]
    start, length, resume, rest = (int(value) for value in last.byte_range)
    if last.sig_object_type != "/DocTimeStamp" or start != 0 or resume + rest != len(pdf):
        return False
    hexadecimal = pdf[length:resume]
    try:
        token = bytes.fromhex(hexadecimal[1:-1].decode("ascii"))
        size = len(cms.ContentInfo.load(token).dump())
        stamp = timestamps.read_token(token[:size], known=trust.authorities)
        covered = hashlib.new(stamp.algorithm, pdf[:length] + pdf[resume:]).digest()
        chains.verify(stamp.chain, roots=trust.roots, at=stamp.at, profiles=(certificates.TIMESTAMP,), arc=trust.arc)
    except ValueError:
        return False
    return (
        stamp.digest == covered
        and hexadecimal == b"<" + token[:size].hex().upper().encode().ljust(resume - length - 2, b"0") + b">"
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """Certificates and revocation lists that the document brings along."""

    certificates: tuple[Any, ...] = ()
    crls: tuple[bytes, ...] = ()


def _kept(reader: PdfFileReader) -> _Kept:
    try:
        store = DocumentSecurityStore.read_dss(handler=reader)
    except NoDSSFoundError:
        return _Kept()
    found = [load_certs_from_pemder_data(ref.get_object().data) for ref in store.certs.values()]
    return _Kept(tuple(item for group in found for item in group), tuple(ref.get_object().data for ref in store.crls))


def _judge_one(item: Any, *, last: bool, trust: Trust, kept: _Kept, revoked: chains.Revoked) -> SealVerdict:
    problems: list[str | Promise] = []
    holder = chains.Holder("", "", "", "")
    intact = trusted = False
    at: datetime | None = None
    try:
        certificate = x509.load_der_x509_certificate(item.signer_cert.dump())
        holder = chains.holder(certificate, arc=trust.arc)
        more = {"other_certs": kept.certificates, "crls": kept.crls}
        first = validate_pdf_signature(item, trust.context(**more), trust.context(**more), skip_diff=not last)
        stamp = first.timestamp_validity
        if stamp is None:
            problems.append(_("The seal has no timestamp."))
        elif not (stamp.valid and stamp.intact and stamp.trusted):
            problems.append(_("The timestamp of the seal is not valid."))
        else:
            at = stamp.timestamp
        # What counts is whether the certificate was good when the seal was set, and the timestamp says when.
        then = trust.context(**more, moment=at, retroactive_revinfo=True) if at else trust.context(**more)
        status = validate_pdf_signature(item, then, trust.context(**more), skip_diff=not last)
        intact = status.valid and status.intact
        since = revoked(certificate)
        was_revoked = status.revoked or (since is not None and (at is None or since <= at))
        trusted = status.trusted and not was_revoked and holder.profile == certificates.SEAL.code
        problems += _problems(status, trusted=trusted, was_revoked=was_revoked, last=last)
    except Exception:  # noqa: BLE001 - damaged signatures break ASN.1, CMS and PDF readers in countless ways
        problems.append(_("The seal is damaged and cannot be checked."))
        intact = trusted = False
    return SealVerdict(
        valid=not problems,
        intact=intact,
        trusted=trusted,
        organisation=holder.organisation,
        name=holder.name,
        serial=holder.serial,
        field=item.field_name or "",
        reason=str(item.sig_object.get("/Reason", "")),
        timestamped_at=at,
        problems=tuple(problems),
    )


def _problems(status: Any, *, trusted: bool, was_revoked: bool, last: bool) -> Sequence[str | Promise]:
    found: list[str | Promise] = []
    if not status.intact:
        found.append(_("The document was changed after it was sealed."))
    if not status.valid:
        found.append(_("The signature of the seal is not genuine."))
    if was_revoked:
        found.append(_("The certificate of the seal had been revoked when the seal was set."))
    elif not trusted:
        found.append(_("The seal is not by an organisation that this city's root vouches for."))
    if last and status.intact and not status.bottom_line and not found and status.timestamp_validity is not None:
        found.append(_("Something was added to the document after it was sealed."))
    return found

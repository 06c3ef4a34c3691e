"""The judgement of seals on PDF, in both suites: whatever bytes come in, a verdict comes out."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import load_certs_from_pemder_data
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError

from quancheng.security.pki.engine import certificates, chains, guomi_pdfs, keys, signing, timestamps
from quancheng.security.pki.engine.suites import GUOMI
from quancheng.security.pki.engine.verdicts import PdfVerdict, SealVerdict, Trust


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
        _judge_guomi(pdf, reader, item, last=item is seals[-1], trust=trust, revoked=revoked)
        if _is_guomi(item)
        else _judge_one(item, last=item is seals[-1], trust=trust, kept=kept, revoked=revoked)
        for item in seals
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
    return last.sig_object_type == "/DocTimeStamp" and _stamped(pdf, last, trust) is not None and _end(last) == len(pdf)


def _end(item: Any) -> int:
    _start, _length, resume, rest = (int(value) for value in item.byte_range)
    return resume + rest


def _stamped(pdf: bytes, item: Any, trust: Trust) -> datetime | None:
    """Return when a timestamp in the file was made, None when it is not genuine."""
    try:
        token, covered, _end_of_it = guomi_pdfs.parts(pdf, item)
        stamp = timestamps.read_token(token, known=trust.authorities)
        chains.verify(stamp.chain, roots=trust.roots, at=stamp.at, profiles=(certificates.TIMESTAMP,), arc=trust.arc)
    except ValueError:
        return None
    return stamp.at if stamp.digest == hashlib.new(stamp.algorithm, covered).digest() else None


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


def _is_guomi(item: Any) -> bool:
    try:
        return keys.of(x509.load_der_x509_certificate(item.signer_cert.dump())).suite is GUOMI
    except Exception:  # noqa: BLE001 - what is damaged is judged the other way, and found to be
        return False


def _judge_guomi(
    pdf: bytes, reader: PdfFileReader, item: Any, *, last: bool, trust: Trust, revoked: chains.Revoked
) -> SealVerdict:
    """Judge a seal in the suite guomi; its time is that of the first timestamp over it."""
    problems: list[str | Promise] = []
    holder = chains.Holder("", "", "", "")
    intact = trusted = False
    at: datetime | None = None
    try:
        holder = chains.holder(x509.load_der_x509_certificate(item.signer_cert.dump()), arc=trust.arc)
        above = [stamp for stamp in reader.embedded_timestamp_signatures if _end(stamp) > _end(item)]
        at = _stamped(pdf, min(above, key=_end), trust) if above else None
        chain = guomi_pdfs.read(pdf, item)
        intact = True
        if at is None:
            problems.append(_("The timestamp of the seal is not valid.") if above else _("The seal has no timestamp."))
        holder = chains.holder(chain[0], arc=trust.arc)
        chains.verify(
            chain,
            roots=trust.roots,
            at=at or datetime.now(UTC),
            profiles=(certificates.SEAL,),
            arc=trust.arc,
            revoked=revoked,
        )
        trusted = True
        if last and guomi_pdfs.added(item):
            problems.append(_("Something was added to the document after it was sealed."))
    except signing.Wrong:
        problems.append(_("The document was changed after it was sealed."))
    except chains.Untrusted as error:
        problems.append(_("The seal is not to be trusted: %(why)s.") % {"why": error})
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

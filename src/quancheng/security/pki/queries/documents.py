"""Signatures with everything that is needed to judge them later: XAdES and CAdES B-LT."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki import queries
from quancheng.security.pki.engine import cades, certificates, chains, signing, timestamps, xades


@dataclass(frozen=True, slots=True)
class LongVerified:
    """Whom a genuine signature is by, and when it existed at the latest, as its timestamp says."""

    organisation: str
    name: str
    serial: str
    profile: str
    at: datetime


def verify_xml(signature: bytes, *, content: bytes | None = None) -> LongVerified:
    """Return whom a signature on XML (XAdES B-LT) is by; `content` is the file that a detached one is about.

    :raises queries.BadSignature: if it is not genuine; the refusal says why.
    """
    here = queries.trust()
    try:
        found = xades.read(signature, content=content, known=here.authorities)
        return judged(found.chain, found.stamp, found.lists, here)
    except (signing.Malformed, signing.Wrong, chains.Untrusted) as error:
        raise queries.BadSignature(why=str(error)) from error


def judged(
    chain: tuple[x509.Certificate, ...],
    stamp: timestamps.Stamp,
    lists: Sequence[x509.CertificateRevocationList],
    here: Any,
) -> LongVerified:
    """Judge a signature at the moment that its timestamp states, with the lists that it brings and what we know.

    :raises chains.Untrusted: when it is not to be trusted.
    """

    def revoked(certificate: x509.Certificate) -> datetime | None:
        known = queries.revoked_since(certificate)
        return known or _listed(certificate, lists, (*here.roots, *here.authorities))

    common = {"roots": here.roots, "arc": here.arc, "at": stamp.at, "revoked": revoked}
    chains.verify(stamp.chain, profiles=(certificates.TIMESTAMP,), **common)
    holder = chains.verify(chain, profiles=queries.SIGNING, **common)
    return LongVerified(holder.organisation, holder.name, holder.serial, holder.profile, stamp.at)


def _listed(
    certificate: x509.Certificate,
    lists: Sequence[x509.CertificateRevocationList],
    authorities: Sequence[x509.Certificate],
) -> datetime | None:
    """Return since when the lists that came along say that a certificate is revoked.

    :raises chains.Untrusted: when none of its authority is among them.
    """
    for authority in authorities:
        if authority.subject != certificate.issuer:
            continue
        for item in lists:
            key: Any = authority.public_key()
            if item.issuer == authority.subject and item.is_signature_valid(key):
                entry = item.get_revoked_certificate_by_serial_number(certificate.serial_number)
                return entry.revocation_date_utc if entry else None
    raise chains.Untrusted(_("the signature brings no revocation list of the authority above a certificate"))


def verify_cades(message: bytes, *, content: bytes | None = None) -> LongVerified:
    """Return whom a CMS signature with timestamp (CAdES B-LT) is by; `content` is what a detached one is about.

    :raises queries.BadSignature: if it is not genuine; the refusal says why.
    """
    here = queries.trust()
    try:
        found = cades.read(message, content=content, known=here.authorities)
        return judged(found.chain, found.stamp, found.lists, here)
    except (signing.Malformed, signing.Wrong, chains.Untrusted) as error:
        raise queries.BadSignature(why=str(error)) from error

"""The second timestamp authority: who it is, and whether a token of it is genuine."""

import hashlib
from datetime import datetime
from pathlib import Path

from asn1crypto import cms
from cryptography import x509
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import config as kernel
from quancheng.kernel import zone
from quancheng.security.pki import config, queries
from quancheng.security.pki.engine import chains, messages, outside, signing, timestamps
from quancheng.security.trail import public as trail

NONE = "none"
OTHER_TIME = _("its time is not between that of the checkpoint and now")


def address() -> str:
    """Return the address of the second authority, empty where the other zone is it, or where there is none."""
    found = config.settings().second_tsa_url.strip()
    return "" if found == NONE else found


def by_zone() -> bool:
    """Whether the other zone's timestamp service is the second authority."""
    return config.settings().second_tsa_url.strip() == "" and zone.other() is not None


def trusted() -> tuple[x509.Certificate, ...]:
    """Return what the authority outside is trusted by.

    :raises kernel.BadSetting: when the file cannot be read or holds no certificate.
    """
    path = config.settings().second_tsa_certificates
    if not path:
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(Path(path).read_bytes()))
    except (OSError, ValueError) as error:
        raise kernel.BadSetting(f"QC_PKI_SECOND_TSA_CERTIFICATES={path} cannot be read: {error}") from error


def judged(token: bytes, content: bytes, first: bytes | None) -> trail.Stamp:
    """Judge a token of either authority over `content`; it must not be by the certificate that made `first`."""
    if (signer := _signer(token)) and first is not None and signer == _signer(first):
        return trail.Stamp("", None, _("both tokens are by one authority"))
    try:
        ours = queries.verify_timestamp(token, content=content)
    except queries.BadTimestamp as refusal:
        return _outside(token, content, str(refusal))
    return trail.Stamp(f"{ours.authority} ({ours.code})", ours.at)


def _outside(token: bytes, content: bytes, otherwise: str) -> trail.Stamp:
    try:
        anchors = trusted()
        if not anchors:
            return trail.Stamp("", None, otherwise)
        stated = outside.read(token, trusted=anchors)
    except (signing.Malformed, signing.Wrong, chains.Untrusted, kernel.BadSetting) as error:
        return trail.Stamp("", None, str(queries.BadTimestamp(why=str(error))))
    if not _over(stated, content):
        return trail.Stamp("", None, str(queries.BadTimestamp(why=_("it is over another content"))))
    return trail.Stamp(stated.authority, stated.at)


def _over(stated: outside.Stated, content: bytes) -> bool:
    known = stated.algorithm in timestamps.HASHES
    return known and hashlib.new(stated.algorithm, content).digest() == stated.digest


def _signer(token: bytes) -> tuple[bytes, int] | None:
    """Return issuer and serial number of the certificate that made a token, None where it does not say so."""
    try:
        (info,) = cms.ContentInfo.load(token, strict=True)["content"]["signer_infos"]
        name = info["sid"].chosen
        return name["issuer"].dump(), name["serial_number"].native
    except messages.UNREADABLE:
        return None


def time_fits(at: datetime, *, made_at: datetime, now: datetime) -> bool:
    """Test whether a token that came over the ferry was made after the checkpoint and not in the future."""
    slack = config.settings().second_tsa_tolerance
    return made_at.timestamp() - slack <= at.timestamp() <= now.timestamp() + slack

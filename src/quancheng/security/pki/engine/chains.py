"""Whether a certificate leads to a trusted root, and what for: RFC 5280 section 6 for our chains of three."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import certificates, keys
from quancheng.security.pki.engine.certificates import Profile

# Returns when a certificate was revoked, None when it was not.
Revoked = Callable[[x509.Certificate], datetime | None]


# What reading a damaged certificate raises, at its parsing or only when a part of it is asked for.
DAMAGED = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


class Untrusted(ValueError):
    """A certificate that does not lead to a trusted root or is not made for the purpose; the message says why."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate names."""

    organisation: str
    name: str
    serial: str
    profile: str


def holder(certificate: x509.Certificate, *, arc: str) -> Holder:
    """Return whom the certificate names; `profile` is empty when its policy is none of ours."""
    return Holder(
        organisation=_part(certificate, NameOID.ORGANIZATION_IDENTIFIER),
        name=_part(certificate, NameOID.ORGANIZATION_NAME),
        serial=certificates.serial_text(certificate),
        profile=_profile(certificate, arc),
    )


def _part(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _profile(certificate: x509.Certificate, arc: str) -> str:
    try:
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    stated = {item.policy_identifier.dotted_string for item in policies}
    granted = {item.dotted_string for item in usages}
    for profile in certificates.PROFILES.values():
        wanted = {certificates.absolute(oid, arc) for oid in profile.usages}
        if certificates.absolute(profile.policy, arc) in stated and wanted == granted:
            return profile.code
    return ""


def verify(
    chain: Sequence[x509.Certificate],
    *,
    roots: Sequence[x509.Certificate],
    at: datetime,
    profiles: Sequence[Profile],
    arc: str,
    revoked: Revoked = lambda _certificate: None,
) -> Holder:
    """Check `chain` (the holder's certificate first) at the moment `at` and return whom it names.

    :raises Untrusted: when a link is missing, expired, revoked, not an authority, or made for another purpose.
    """
    try:
        return _verify(chain, roots=roots, at=at, profiles=profiles, arc=arc, revoked=revoked)
    except Untrusted:
        raise
    except DAMAGED:
        raise Untrusted(_("the certificate is damaged")) from None


def _verify(
    chain: Sequence[x509.Certificate],
    *,
    roots: Sequence[x509.Certificate],
    at: datetime,
    profiles: Sequence[Profile],
    arc: str,
    revoked: Revoked,
) -> Holder:
    if not chain:
        raise Untrusted(_("there is no certificate"))
    found = holder(chain[0], arc=arc)
    if found.profile not in {profile.code for profile in profiles}:
        raise Untrusted(_("the certificate is not made for this purpose"))
    for depth, (lower, upper) in enumerate(zip(chain, [*chain[1:], None], strict=True)):
        _check_moment(lower, at=at, revoked=revoked)
        issuer = upper if upper is not None else _root_of(lower, roots)
        _check_link(lower, issuer, depth)
        if issuer in roots:
            _check_moment(issuer, at=at, revoked=revoked)
            return found
    raise Untrusted(_("the chain does not end at a trusted root"))


def _root_of(certificate: x509.Certificate, roots: Sequence[x509.Certificate]) -> x509.Certificate:
    for root in roots:
        if root.subject == certificate.issuer and root != certificate:
            return root
    raise Untrusted(_("the chain does not end at a trusted root"))


def _check_moment(certificate: x509.Certificate, *, at: datetime, revoked: Revoked) -> None:
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise Untrusted(_("the certificate was not valid at that time"))
    since = revoked(certificate)
    if since is not None and since <= at:
        raise Untrusted(_("the certificate has been revoked"))


def _check_link(lower: x509.Certificate, issuer: x509.Certificate, depth: int) -> None:
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        raise Untrusted(_("the issuer is not an authority")) from None
    too_long = constraints.path_length is not None and depth > constraints.path_length
    if not constraints.ca or not usage.key_cert_sign or too_long:
        raise Untrusted(_("the issuer is not an authority"))
    try:
        signed = keys.issued_by(lower, issuer)
    except DAMAGED:
        signed = False
    if not signed:
        raise Untrusted(_("the certificate is not signed by its issuer"))

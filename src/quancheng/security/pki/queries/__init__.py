"""Questions to the PKI: who signs for whom, and whether a signature, timestamp or seal is genuine."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import zone
from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import config
from quancheng.security.pki.engine import ceremony, certificates, chains, messages, signing, timestamps, verdicts
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Certificate, ForeignRevocation
from quancheng.security.pki.queries import lists

SIGNING = (certificates.SEAL, certificates.ZONE)


class NoSeal(Refusal):
    """The organisation has no valid seal on this site."""

    code = "pki.no-seal"
    message = _("The organisation %(organisation)s has no valid seal here.")


class BadSignature(Refusal):
    """A signature that is malformed, not over this content, or not by somebody whom the root vouches for."""

    code = "pki.bad-signature"
    message = _("The signature is not genuine: %(why)s.")
    status = 422


class BadTimestamp(Refusal):
    """A timestamp token that is malformed, not over this content, or not by a trusted timestamp service."""

    code = "pki.bad-timestamp"
    message = _("The timestamp is not genuine: %(why)s.")
    status = 422


class NoSuchAuthority(Refusal):
    """There is no authority of this name here."""

    code = "pki.no-such-authority"
    message = _("There is no certificate authority of this name here.")
    status = 404


class NoSuchCertificate(Refusal):
    """This site issued no certificate with that serial number."""

    code = "pki.no-such-certificate"
    message = _("There is no certificate %(serial)s here.")
    status = 404


@dataclass(frozen=True, slots=True)
class Verified:
    """Whom a genuine signature is by. `organisation` is the organisation's code, or `zone:<zone>`."""

    organisation: str
    name: str
    serial: str
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Timestamped:
    """What a genuine timestamp token states. `authority` is the timestamp service's name, `code` its holder code."""

    at: datetime
    serial: int
    authority: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateView:
    """A certificate as others see it. `state` is valid, future, expired or revoked."""

    serial: str
    profile: str
    profile_title: str | Promise
    code: str
    name: str
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None
    reason: str | Promise
    state: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityView:
    """An authority of the city's PKI as the public page shows it."""

    name: str
    title: str
    fingerprint: str
    serial: str
    not_before: datetime
    not_after: datetime
    here: bool
    has_crl: bool
    shards: int = 0


def _site() -> sites.Site:
    return sites.load(at=timezone.now())


def current(*, profile: str, code: str, at: datetime) -> Certificate | None:
    """Return the row of the holder's newest certificate that is valid at `at`, None if there is none."""
    return (
        Certificate.objects.filter(
            profile=profile, subject_code=code, revoked_at__isnull=True, not_before__lte=at, not_after__gt=at
        )
        .order_by("-issued_at", "-id")
        .first()
    )


def signer_of(row: Certificate) -> signing.Signer:
    """Return the signer of a certificate of this site."""
    return sites.signer(bytes(row.der), issuing=_site().issuing.certificate)


def organisation_signer(code: str) -> signing.Signer:
    """Return the signer of an organisation's seal. :raises NoSeal: if it has no valid one."""
    row = current(profile=certificates.SEAL.code, code=code, at=timezone.now())
    if row is None:
        raise NoSeal(organisation=code)
    return signer_of(row)


def suite() -> str:
    """Return the suite in which this city signs: modern or guomi."""
    return _site().suite.code


def trusted_roots() -> list[str]:
    """Return the roots that this site trusts, as PEM."""
    return [certificates.pem(_site().root).decode()]


def city() -> str:
    """Return the city's name as the ceremony wrote it into the root, whatever this site is set to."""
    return str(_site().root.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)[0].value)


def revoked_since(certificate: x509.Certificate) -> datetime | None:
    """Return when a certificate was revoked, None if it was not, as far as this site and its neighbours know."""
    serial, here = certificates.serial_text(certificate), _site()
    if certificate.issuer == here.issuing.certificate.subject:
        return Certificate.objects.filter(serial=serial).values_list("revoked_at", flat=True).first()
    issuers = [certificates.serial_text(item) for item in here.authorities if item.subject == certificate.issuer]
    rows = ForeignRevocation.objects.filter(serial=serial, authority__in=issuers)
    return rows.values_list("revoked_at", flat=True).first()


def _trusted(
    chain: tuple[x509.Certificate, ...], *, at: datetime, profiles: tuple[certificates.Profile, ...]
) -> chains.Holder:
    here = _site()
    return chains.verify(
        chain if len(chain) > 1 else (*chain, *(item for item in here.authorities if item.subject == chain[0].issuer)),
        roots=(here.root,),
        at=at,
        profiles=profiles,
        arc=config.settings().arc,
        revoked=revoked_since,
    )


def _verified(holder: chains.Holder) -> Verified:
    return Verified(holder.organisation, holder.name, holder.serial, holder.profile)


def sign_jws(payload: bytes, *, organisation: str) -> str:
    """Return the organisation's detached compact JWS over `payload` (ES256, x5c). :raises NoSeal: if it has no seal."""
    return organisation_signer(organisation).jws(payload)


def verify_jws(payload: bytes, jws: str, *, at: datetime | None = None) -> Verified:
    """Return whom a detached compact JWS over `payload` is by: an organisation's seal or a zone.

    `at` is the moment that counts for validity and revocation, by default now.

    :raises BadSignature: if it is not genuine.
    """
    try:
        chain = signing.read_jws(payload, jws)
        return _verified(_trusted(chain, at=at or timezone.now(), profiles=SIGNING))
    except (signing.Malformed, signing.Wrong, chains.Untrusted) as error:
        raise BadSignature(why=str(error)) from error


def sign_cms(content: bytes, *, organisation: str, enclosed: bool = False) -> bytes:
    """Return the organisation's CMS SignedData (DER) over `content`, detached unless `enclosed`.

    :raises NoSeal: if it has no seal.
    """
    return messages.make(
        organisation_signer(organisation), content, enclosed=enclosed, at=timezone.now().replace(microsecond=0)
    )


def verify_cms(message: bytes, *, content: bytes | None = None, at: datetime | None = None) -> Verified:
    """Return whom a CMS SignedData is by; `content` is what a detached one is about.

    :raises BadSignature: if it is not genuine.
    """
    try:
        _content, chain, _attributes = messages.read(message, content=content)
        return _verified(_trusted(chain, at=at or timezone.now(), profiles=SIGNING))
    except (signing.Malformed, signing.Wrong, chains.Untrusted) as error:
        raise BadSignature(why=str(error)) from error


def verify_timestamp(token: bytes, *, content: bytes | None = None, digest: bytes | None = None) -> Timestamped:
    """Return what a timestamp token (DER) over `content`, or over the SHA-2 `digest`, states.

    :raises BadTimestamp: if it is not genuine, over something else, or not by a trusted service.
    """
    here = _site()
    try:
        stamp = timestamps.read_token(token, known=(*here.authorities,))
        # A certificate that was good when the token was made stays good for it.
        holder = _trusted(stamp.chain, at=stamp.at, profiles=(certificates.TIMESTAMP,))
    except (signing.Malformed, signing.Wrong, chains.Untrusted) as error:
        raise BadTimestamp(why=str(error)) from error
    expected = digest if content is None else hashlib.new(stamp.algorithm, content).digest()
    if expected != stamp.digest:
        raise BadTimestamp(why=_("it is over another content"))
    return Timestamped(stamp.at, stamp.serial, holder.name, holder.organisation)


def timestamp_problem(token: bytes, content: bytes) -> str:
    """Return what is wrong with a token over `content`, empty when nothing is. For the trail's verification."""
    try:
        verify_timestamp(token, content=content)
    except BadTimestamp as refusal:
        return str(refusal)
    return ""


def trust() -> verdicts.Trust:
    """Return what judgements on this site rest on."""
    here = _site()
    return verdicts.Trust(
        roots=(here.root,),
        authorities=here.authorities,
        crls=(here.root_crl, lists.complete()),
        arc=config.settings().arc,
    )


def verify_pdf(pdf: bytes) -> verdicts.PdfVerdict:
    """Judge the seals on a PDF; what is wrong stands in `problems`, in words."""
    from quancheng.security.pki.engine import judging

    return judging.judge(pdf, trust=trust(), revoked=revoked_since)


def authorities() -> tuple[AuthorityView, ...]:
    """Return the root and the issuing authorities, this site's right after the root."""
    here = _site()
    names = {certificates.der(here.issuing.certificate): here.issuing.name}
    for path in sorted((config.folder() / "peers").glob("*.crt")):
        names[certificates.der(x509.load_pem_x509_certificate(path.read_bytes()))] = path.stem
    views = [_authority(here.root, ceremony.ROOT, here=True)]
    for item in here.authorities:
        own = item == here.issuing.certificate
        views.append(_authority(item, here.issuing.name if own else names[certificates.der(item)], here=own))
    return tuple(views)


def _authority(certificate: x509.Certificate, name: str, *, here: bool) -> AuthorityView:
    return AuthorityView(
        name=name,
        title=str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value),
        fingerprint=ceremony.fingerprint(certificate),
        serial=certificates.serial_text(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        here=here,
        has_crl=here,
        shards=lists.shards() if here and name != ceremony.ROOT else 0,
    )


def authority_certificate(name: str) -> bytes:
    """Return an authority's certificate (DER) by its name in addresses. :raises NoSuchAuthority: if there is none."""
    here = _site()
    if name == ceremony.ROOT:
        return certificates.der(here.root)
    if name == here.issuing.name:
        return certificates.der(here.issuing.certificate)
    for path in (config.folder() / "peers").glob("*.crt"):
        if path.stem == name:
            return certificates.der(x509.load_pem_x509_certificate(path.read_bytes()))
    raise NoSuchAuthority


def authority_crl(name: str) -> bytes:
    """Return an authority's CRL (DER) by its name in addresses. :raises NoSuchAuthority: if it publishes none here."""
    here = _site()
    if name == ceremony.ROOT:
        return here.root_crl
    found = lists.called(name, here.issuing.name)
    if found is None:
        raise NoSuchAuthority
    return found


def issued(*, search: str = "") -> tuple[CertificateView, ...]:
    """Return the certificates that this site issued, newest first, at most 500."""
    rows = Certificate.objects.order_by("-issued_at", "-id")
    if search:
        found = rows.filter(subject_name__icontains=search) | rows.filter(subject_code__icontains=search)
        rows = (found | rows.filter(serial__icontains=search)).distinct()
    now = timezone.now()
    return tuple(view(row, now) for row in rows[:500])


def row_of(serial: str) -> Certificate:
    """Return the row with a serial number. :raises NoSuchCertificate: if this site issued none with it."""
    row = Certificate.objects.select_related("authority").filter(serial=serial).first()
    if row is None:
        raise NoSuchCertificate(serial=serial)
    return row


def certificate(serial: str) -> CertificateView:
    """Return a certificate by its serial number. :raises NoSuchCertificate: if this site issued none with it."""
    return view(row_of(serial), timezone.now())


def certificate_chain(serial: str) -> str:
    """Return a certificate and its authority as PEM. :raises NoSuchCertificate: if this site did not issue it."""
    row = row_of(serial)
    both = (x509.load_der_x509_certificate(bytes(content)) for content in (row.der, row.authority.der))
    return "".join(certificates.pem(item).decode() for item in both)


def view(row: Certificate, now: datetime) -> CertificateView:
    """Return a row as others see it at `now`."""
    state = "revoked" if row.revoked_at else "expired" if row.not_after <= now else "valid"
    return CertificateView(
        serial=row.serial,
        profile=row.profile,
        profile_title=row.get_profile_display(),
        code=row.subject_code,
        name=row.subject_name,
        not_before=row.not_before,
        not_after=row.not_after,
        revoked_at=row.revoked_at,
        reason=row.get_revocation_reason_display() if row.revocation_reason else "",
        state="future" if state == "valid" and row.not_before > now else state,
        names=tuple(row.names),
    )


def zone_code() -> str:
    """Return the holder code of this site's zone certificate."""
    return f"zone:{zone.current()}"

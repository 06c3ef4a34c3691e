"""What a site makes for itself: certificates at first use, seals and timestamps with the keys it holds."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from cryptography.x509.oid import NameOID
from django.db import transaction
from django.utils import timezone

from quancheng.security.pki import config, queries
from quancheng.security.pki.engine import certificates, keys, signing, vaults
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Authority, Certificate
from quancheng.security.pki.queries import Verified
from quancheng.security.trail import public as trail

COMMON_NAME_LONGEST = 64


def make(
    profile: certificates.Profile, *, code: str, name: str, at: datetime, replaces: Certificate | None = None
) -> Certificate:
    """Make a key and a certificate for it in the caller's transaction.

    The key, or its address in a token, is written first: one without a row is useless to everyone, a row without its
    key would be a lie.
    """
    key, content = vaults.here().new(sites.load(at=at).suite)

    def keep(serial: str) -> None:
        config.write_secret(sites.key_path(serial), content)

    return certify(profile, key.public, code=code, name=name, at=at, replaces=replaces, before=keep)


def certify(
    profile: certificates.Profile,
    public: keys.Public,
    *,
    code: str,
    name: str,
    at: datetime,
    names: tuple[str, ...] = (),
    replaces: Certificate | None = None,
    before: Callable[[str], None] = lambda _serial: None,
) -> Certificate:
    """Issue a certificate for a key in the caller's transaction; `before` hears the serial before there is a row."""
    here = sites.load(at=at)
    # A server answers to its first name; everybody else is called by their own.
    common = names[0] if names and len(names[0]) <= COMMON_NAME_LONGEST else name
    subject = certificates.name(common=common, organisation=name, code=code)
    issued = certificates.issue(here.issuing, public, profile=profile, subject=subject, at=at, names=names)
    serial = certificates.serial_text(issued)
    before(serial)
    return Certificate.objects.create(
        authority=_authority(here),
        serial=serial,
        profile=profile.code,
        subject_code=code,
        subject_name=name,
        not_before=issued.not_valid_before_utc,
        not_after=issued.not_valid_after_utc,
        der=certificates.der(issued),
        names=list(names),
        key_digest=public.digest,
        replaces=replaces,
        issued_at=at,
    )


def _authority(here: sites.Site) -> Authority:
    certificate = here.issuing.certificate
    row, _created = Authority.objects.get_or_create(
        serial=certificates.serial_text(certificate),
        defaults={
            "name": here.issuing.name,
            "title": str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value),
            "not_before": certificate.not_valid_before_utc,
            "not_after": certificate.not_valid_after_utc,
            "der": certificates.der(certificate),
        },
    )
    return row


def ensure(profile: certificates.Profile, *, code: str, name: str, action: str) -> Certificate:
    """Return the holder's valid certificate; one is made when there is none, or it ends soon."""
    now = timezone.now()
    found = queries.current(profile=profile.code, code=code, at=now)
    if found is not None and found.not_after - profile.early > now and sites.key_path(found.serial).exists():
        return found
    with transaction.atomic():
        made = make(profile, code=code, name=name, at=now)
        trail.record(
            action=action,
            actor_id="service:pki",
            actor_name="pki",
            subjects=(f"certificate-holder:{code}", f"certificate:{made.serial}"),
            detail={"name": name, "profile": profile.code},
            at=now,
        )
    return made


def ensure_organisation_seal(code: str, name: str) -> Verified:
    """Return the organisation's valid seal, made now if it has none. For setting up a site."""
    row = ensure(certificates.SEAL, code=code, name=name, action="pki.seal.create")
    return Verified(row.subject_code, row.subject_name, row.serial, row.profile)


def zone_signer() -> signing.Signer:
    """Return the signer of this site's bundles; its organisation is `zone:<zone>`."""
    code = queries.zone_code()
    name = f"{queries.city()} {code.removeprefix('zone:')}"
    return queries.signer_of(ensure(certificates.ZONE, code=code, name=name, action="pki.certificate.issue"))


def timestamp_signer() -> signing.Signer:
    """Return the signer of this site's timestamp service."""
    code = f"timestamp:{queries.zone_code().removeprefix('zone:')}"
    name = f"{queries.city()} Timestamp Service"
    return queries.signer_of(ensure(certificates.TIMESTAMP, code=code, name=name, action="pki.certificate.issue"))


def attribute_signer() -> signing.Signer:
    """Return the signer of this site's attribute certificates and of their revocation list."""
    code = f"attributes:{queries.zone_code().removeprefix('zone:')}"
    name = f"{queries.city()} Attribute Authority"
    return queries.signer_of(ensure(certificates.ATTRIBUTES, code=code, name=name, action="pki.certificate.issue"))


def attribute_list(revoked: Iterable[tuple[int, datetime, str]], *, at: datetime, lasts: timedelta) -> bytes:
    """Return the attribute authority's CRL (DER): serial numbers with when and why (RFC 5755 section 6)."""
    here, signer = sites.load(at=at), attribute_signer()
    authority = certificates.Authority(signer.certificate, signer.key, "attributes", here.issuing.url, here.issuing.arc)
    rows = [certificates.Revoked(serial, when, reason) for serial, when, reason in revoked]
    return certificates.revocation_list(authority, rows, at=at, lasts=lasts, number=int(at.timestamp()))

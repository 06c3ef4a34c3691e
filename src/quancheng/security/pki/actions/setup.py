"""What a site makes for itself: certificates at first use, seals and timestamps with the keys it holds."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from quancheng.security.pki import config, queries
from quancheng.security.pki.actions import register
from quancheng.security.pki.engine import certificates, keys, printing, signing, vaults
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.queries import Verified
from quancheng.security.trail import public as trail


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
    organisation: str = "",
    replaces: Certificate | None = None,
    before: Callable[[str], None] = lambda _serial: None,
) -> Certificate:
    """Issue a certificate for a key in the caller's transaction; `before` hears the serial before there is a row.

    `organisation` is the name of the holder's organisation, by default the holder's own name.
    """
    here = sites.load(at=at)
    made = printed(here, profile, public, code=code, name=name, at=at, names=names, organisation=organisation)
    before(made.serial)
    holder = register.Holder(profile.code, code, name, names)
    row = register.Issued(made, holder, public.digest, replaces.pk if replaces else None)
    return register.store(here, row, at=at)


def printed(
    here: sites.Site,
    profile: certificates.Profile,
    public: keys.Public,
    *,
    code: str,
    name: str,
    at: datetime,
    names: tuple[str, ...] = (),
    organisation: str = "",
) -> printing.Printed:
    """Return a signed certificate that is not stored yet."""
    # A server answers to its first name; everybody else is called by their own.
    common = names[0] if names and len(names[0]) <= certificates.COMMON_NAME_LONGEST else name
    subject = printing.subject(common=common, organisation=organisation or name, code=code)
    shards = config.settings().crl_shards
    return printing.issue(here.issuing, public, profile=profile, subject=subject, at=at, names=names, shards=shards)


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

"""Certificates and revocation lists after RFC 5280: a root, issuing authorities, and profiles for what they issue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from quancheng.security.pki.engine import assembling
from quancheng.security.pki.engine.keys import Key, Public

DELTA: Final = "-delta"
DOCUMENT_SIGNING: Final = "1.3.6.1.5.5.7.3.36"  # RFC 9336
BACKDATED = timedelta(minutes=5)
COMMON_NAME_LONGEST: Final = 64
YEAR = timedelta(days=365)
MONTH = timedelta(days=30)
# What a key that receives secrets does with them, by its kind: RFC 3279, RFC 8813, and GM/T 0015 for SM2.
CIPHERS: Final = {
    "RSA": ("key_encipherment",),
    "P-256": ("key_agreement",),
    "P-384": ("key_agreement",),
    "SM2": ("key_encipherment", "data_encipherment", "key_agreement"),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What a certificate is for. `usages` and `policy` beginning with a dot stand below the site's own OID arc.

    `early` is how long before its end a certificate is renewed. `signs`, `commits` and `enciphers` say what the key
    may do. With `brought` the holder keeps the key and brings a CSR; with `approved` a second officer must agree;
    with `named` the certificate is for DNS names. With `unchecked` nobody need ask whether it is revoked (RFC 6960
    section 4.2.2.2.1), which only a short life makes bearable. With `lists` its key signs revocation lists of its own.
    """

    code: str
    usages: tuple[str, ...]
    policy: str
    lasts: timedelta
    early: timedelta = timedelta(0)
    critical_usage: bool = False
    signs: bool = True
    commits: bool = False
    enciphers: bool = False
    brought: bool = False
    approved: bool = False
    named: bool = False
    unchecked: bool = False
    lists: bool = False


SEAL: Final = Profile("seal", (DOCUMENT_SIGNING,), ".1.1", 3 * YEAR, early=MONTH, commits=True)
ZONE: Final = Profile("zone", (".2.1",), ".1.2", 3 * YEAR, early=MONTH)
TIMESTAMP: Final = Profile(
    "timestamp",
    (ExtendedKeyUsageOID.TIME_STAMPING.dotted_string,),
    ".1.3",
    8 * YEAR,
    early=MONTH,
    critical_usage=True,
)
PERSON_SIGNATURE: Final = Profile(
    "person-signature",
    (DOCUMENT_SIGNING, ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string),
    ".1.4",
    2 * YEAR,
    early=MONTH,
    commits=True,
    brought=True,
    approved=True,
)
PERSON_ENCRYPTION: Final = Profile(
    "person-encryption",
    (ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string,),
    ".1.5",
    2 * YEAR,
    early=MONTH,
    signs=False,
    enciphers=True,
    brought=True,
    approved=True,
)
SERVER: Final = Profile(
    "server",
    (ExtendedKeyUsageOID.SERVER_AUTH.dotted_string,),
    ".1.6",
    timedelta(days=90),
    early=MONTH,
    brought=True,
    approved=True,
    named=True,
)
DEVICE: Final = Profile(
    "device", (ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string,), ".1.7", YEAR, early=MONTH, brought=True
)
OCSP: Final = Profile(
    "ocsp",
    (ExtendedKeyUsageOID.OCSP_SIGNING.dotted_string,),
    ".1.8",
    timedelta(days=30),
    early=timedelta(days=10),
    unchecked=True,
)
# Signs attribute certificates and the list of those revoked; no authority over certificates (RFC 5755 section 4.5).
ATTRIBUTES: Final = Profile("attribute-authority", (".2.2",), ".1.20", 3 * YEAR, early=MONTH, lists=True)
# What is meant for an organisation is encrypted to this key, which the crypto service keeps for it.
RECIPIENT: Final = Profile(
    "recipient",
    (ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string,),
    ".1.9",
    2 * YEAR,
    early=MONTH,
    signs=False,
    enciphers=True,
)
PROFILES: Final = {
    profile.code: profile
    for profile in (
        SEAL, ZONE, TIMESTAMP, PERSON_SIGNATURE, PERSON_ENCRYPTION, SERVER, DEVICE, OCSP, ATTRIBUTES, RECIPIENT,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority that can issue: its certificate, its key, and where its CRL and certificate are found."""

    certificate: x509.Certificate
    key: Key
    name: str
    url: str
    arc: str


def pem(certificate: x509.Certificate) -> bytes:
    """Return the certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def der(certificate: x509.Certificate) -> bytes:
    """Return the certificate as DER."""
    return certificate.public_bytes(serialization.Encoding.DER)


def serial_text(certificate: x509.Certificate) -> str:
    """Return the serial number as upper-case hex digits, the way `openssl x509 -serial` prints it."""
    text = f"{certificate.serial_number:X}"
    return text if len(text) % 2 == 0 else f"0{text}"


def name(*, common: str, organisation: str, code: str = "") -> x509.Name:
    """Return a subject; `code` becomes the organizationIdentifier by which signatures name an organisation."""
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
    ]
    if code:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, code))
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common[:COMMON_NAME_LONGEST])])


def _begin(
    subject: x509.Name, issuer: x509.Name, public: Public, at: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - BACKDATED)
        .not_valid_after(at + lasts)
        .add_extension(x509.SubjectKeyIdentifier(public.identifier), critical=False)
    )


def _usage(**granted: bool) -> x509.KeyUsage:
    kinds = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    others = ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{kind: granted.get(kind, False) for kind in (*kinds, *others)})


def new_root(key: Key, *, city: str, at: datetime) -> x509.Certificate:
    """Return the self-signed certificate of a city's root, valid for 20 years."""
    subject = name(common=f"{city} Root CA", organisation=city)
    builder = (
        _begin(subject, subject, key.public, at, 20 * YEAR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier(key.public.identifier, None, None), critical=False)
    )
    return assembling.certificate(builder, key.public, key)


def new_issuing(
    root: Authority, public: Public, *, city: str, zone: str, at: datetime, names: tuple[str, ...] = ()
) -> x509.Certificate:
    """Return the certificate of a zone's issuing authority, valid for 10 years.

    With `names` it may vouch only for servers in those DNS trees.
    """
    subject = name(common=f"{city} {zone} Issuing CA", organisation=city)
    builder = _begin(subject, root.certificate.subject, public, at, 10 * YEAR)
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(_policies("2.5.29.32.0"), critical=False)
    )
    if names:
        trees = [x509.DNSName(item) for item in names]
        builder = builder.add_extension(x509.NameConstraints(trees, None), critical=True)
    return assembling.certificate(_found(builder, root), public, root.key)


def builder(
    authority: Authority,
    public: Public,
    *,
    profile: Profile,
    subject: x509.Name,
    at: datetime,
    names: tuple[str, ...] = (),
    shard: int = 0,
) -> x509.CertificateBuilder:
    """Return what a certificate for `public` in `profile` says; `printing` makes such certificates.

    It never outlives its authority. `names` are its DNS names, `shard` the part of the revocation list that it names.
    """
    lasts = min(profile.lasts, authority.certificate.not_valid_after_utc - at)
    usages = [x509.ObjectIdentifier(absolute(oid, authority.arc)) for oid in profile.usages]
    ciphers = dict.fromkeys(CIPHERS[public.kind], profile.enciphers)
    made = (
        _begin(subject, authority.certificate.subject, public, at, lasts)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            _usage(
                digital_signature=profile.signs, content_commitment=profile.commits, crl_sign=profile.lists, **ciphers
            ),
            critical=True,
        )
        .add_extension(x509.ExtendedKeyUsage(usages), critical=profile.critical_usage)
        .add_extension(_policies(absolute(profile.policy, authority.arc)), critical=False)
    )
    if names:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(item) for item in names]), critical=False)
    if profile.unchecked:
        return _below(made.add_extension(x509.OCSPNoCheck(), critical=False), authority)
    return _found(made, authority, ocsp=True, shard=shard)


def absolute(oid: str, arc: str) -> str:
    """Return `oid`, below `arc` when it begins with a dot."""
    return arc + oid if oid.startswith(".") else oid


def _policies(oid: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None)])


def _found(
    builder: x509.CertificateBuilder, authority: Authority, *, ocsp: bool = False, shard: int = 0
) -> x509.CertificateBuilder:
    """Add where the authority's lists and its certificate are found; `ocsp` where its responder is online."""
    at_ca = x509.UniformResourceIdentifier(f"{authority.url}/pki/ca/{authority.name}.crt")
    access = [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, at_ca)]
    points = x509.CRLDistributionPoints([_point(authority, list_name(authority.name, shard))])
    builder = builder.add_extension(points, critical=False)
    if ocsp:
        at_ocsp = x509.UniformResourceIdentifier(f"{authority.url}/pki/ocsp/")
        access.insert(0, x509.AccessDescription(AuthorityInformationAccessOID.OCSP, at_ocsp))
        # In certificates and not in the complete list: whoever holds that list offline is not sent for another one.
        freshest = _point(authority, list_name(authority.name, shard, delta=True))
        builder = builder.add_extension(x509.FreshestCRL([freshest]), critical=False)
    return _below(builder.add_extension(x509.AuthorityInformationAccess(access), critical=False), authority)


def list_name(authority: str, shard: int = 0, *, delta: bool = False) -> str:
    """Return what an authority's list is called in its address; `shard` 0 is the list of everything."""
    return f"{authority}{f'-{shard}' if shard else ''}{DELTA if delta else ''}"


def _address(authority: Authority, name: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(f"{authority.url}/pki/crl/{name}.crl")


def _point(authority: Authority, name: str) -> x509.DistributionPoint:
    return x509.DistributionPoint([_address(authority, name)], None, None, None)


def _below(builder: x509.CertificateBuilder, authority: Authority) -> x509.CertificateBuilder:
    """Add the identifier of the authority's key."""
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
    )


@dataclass(frozen=True, slots=True)
class Revoked:
    """A revoked certificate on a list; `reason` is a CRLReason such as `keyCompromise` (RFC 5280 section 5.3.1)."""

    serial: int
    at: datetime
    reason: str = "unspecified"


def revocation_list(
    authority: Authority,
    revoked: Iterable[Revoked],
    *,
    at: datetime,
    lasts: timedelta,
    number: int,
    base: int | None = None,
    shard: int = 0,
) -> bytes:
    """Return the authority's CRL (DER); with `base` a delta CRL on top of the complete one with that number.

    With `shard` it says that it covers only the certificates that name this shard (RFC 5280 section 5.2.5), and its
    delta the same; below an issuing authority there are none but end-entity certificates.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(at - BACKDATED)
        .next_update(at + lasts)
        .add_extension(x509.AuthorityKeyIdentifier(authority.key.public.identifier, None, None), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    if shard:
        builder = builder.add_extension(_scope(authority, shard), critical=True)
    for item in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(item.serial).revocation_date(item.at)
        if item.reason != "unspecified":
            entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags(item.reason)), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return assembling.revocation_list(builder, authority.key)


def _scope(authority: Authority, shard: int) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=[_address(authority, list_name(authority.name, shard))],
        relative_name=None,
        only_contains_user_certs=True,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )

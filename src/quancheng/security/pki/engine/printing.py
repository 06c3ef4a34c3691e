"""Certificates out of a form: what those of one authority, profile and kind of key share is written once.

`certificates.builder` says what a certificate holds. What it makes of a sample is the form; then only the serial
number, the validity, the subject, the key, its identifier and the DNS names are filled in and the whole is signed: byte
for byte what the builder would have made, in a fraction of its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from cryptography import x509

from quancheng.security.pki.engine import assembling, certificates, der, keys

_EXTENSIONS: Final = 0xA3
# The extension with the key's identifier up to its 20 bytes.
_BEFORE_IDENTIFIER: Final = bytes.fromhex("301d0603551d0e04160414")
_POLICIES: Final = der.oid("2.5.29.32")
_NAMES: Final = der.oid("2.5.29.17")
_COMMON_NAME: Final = der.oid("2.5.4.3")
_SET: Final = 0x31
_TEXT: Final = 0x0C
_DNS_NAME: Final = 0x82
_UTC_TIME: Final = 0x17


@dataclass(frozen=True, slots=True)
class _Form:
    """What stays: the version, the algorithm with the issuer, the extensions before and after the DNS names."""

    version: bytes
    issuer: bytes
    before: bytes
    after: bytes
    ends: datetime


@lru_cache(maxsize=4096)
def _form(authority: certificates.Authority, profile: certificates.Profile, kind: str, shard: int) -> _Form:
    """Return the form of an authority's certificates in a profile and a shard, for keys of a kind."""
    issuer = authority.certificate
    sample = keys.Public(authority.key.public.der, kind)
    builder = certificates.builder(
        authority, sample, profile=profile, subject=issuer.subject, at=issuer.not_valid_before_utc, shard=shard
    )
    version, _serial, algorithm, named, _validity, _subject, _key, last = assembling.body(
        builder, sample, authority.key.suite
    )
    identifier, *others = der.single(der.single(last).expect(_EXTENSIONS)).parts()
    if identifier.whole != _key_identifier(sample):
        raise ValueError("the form does not begin with the key's identifier")
    # The builder puts the names of servers right behind the policies.
    (place,) = [at for at, item in enumerate(others, 1) if item.parts()[0].whole == _POLICIES]
    before, after = (b"".join(item.whole for item in some) for some in (others[:place], others[place:]))
    return _Form(version, algorithm + named, before, after, issuer.not_valid_after_utc)


@dataclass(frozen=True, slots=True)
class Printed:
    """A signed certificate (DER), with its serial number as `certificates.serial_text` has it, and when it is valid.

    `shard` is the part of the revocation list that it names, 0 when it names the complete one or none.
    """

    der: bytes
    serial: str
    begins: datetime
    ends: datetime
    shard: int = 0


def issue(
    authority: certificates.Authority,
    public: keys.Public,
    *,
    profile: certificates.Profile,
    subject: bytes,
    at: datetime,
    names: Sequence[str] = (),
    shards: int = 1,
) -> Printed:
    """Return a certificate for `public` in `profile`; it never outlives its authority.

    `subject` is a Name in DER, `names` are its DNS names. With more than one of `shards` it names one of them, as its
    random serial number falls.

    :raises ValueError: when the authority has ended.
    """
    serial = x509.random_serial_number()
    shard = serial % shards + 1 if shards > 1 and not profile.unchecked else 0
    form = _form(authority, profile, public.kind, shard)
    moment = at.replace(microsecond=0)
    begins, ends = moment - certificates.BACKDATED, min(moment + profile.lasts, form.ends)
    if ends <= begins:
        raise ValueError("the authority ended before the certificate would begin")
    extensions = _key_identifier(public) + form.before + (_alternative_names(names) if names else b"") + form.after
    body = (
        form.version,
        der.integer(serial),
        form.issuer,
        der.wrap(der.SEQUENCE, _time(begins) + _time(ends)),
        subject,
        public.der,
        der.wrap(_EXTENSIONS, der.wrap(der.SEQUENCE, extensions)),
    )
    text = f"{serial:X}"
    text = text if len(text) % 2 == 0 else f"0{text}"
    return Printed(assembling.signed(body, authority.key), text, begins, ends, shard)


def subject(*, common: str, organisation: str, code: str) -> bytes:
    """Return the Name (DER) that `certificates.name` returns as an object. :raises ValueError: when one is empty."""
    if not common:
        raise ValueError("a certificate needs a common name")
    text = der.wrap(_TEXT, common[: certificates.COMMON_NAME_LONGEST].encode())
    last = der.wrap(_SET, der.wrap(der.SEQUENCE, _COMMON_NAME + text))
    return der.wrap(der.SEQUENCE, _before_common_name(organisation, code) + last)


@lru_cache(maxsize=1024)
def _before_common_name(organisation: str, code: str) -> bytes:
    whole = certificates.name(common="-", organisation=organisation, code=code).public_bytes()
    return b"".join(item.whole for item in der.single(whole).parts()[:-1])


def _key_identifier(public: keys.Public) -> bytes:
    return _BEFORE_IDENTIFIER + public.identifier


def _alternative_names(names: Sequence[str]) -> bytes:
    found = b"".join(der.wrap(_DNS_NAME, name.encode("ascii")) for name in names)
    return der.wrap(der.SEQUENCE, _NAMES + der.wrap(der.OCTETS, der.wrap(der.SEQUENCE, found)))


@lru_cache(maxsize=256)
def _time(moment: datetime) -> bytes:
    """Return a moment as RFC 5280 section 4.1.2.5 has it: with two digits for the year until 2049, then with four."""
    text = moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()
    return der.wrap(_UTC_TIME, text[2:]) if moment.year < 2050 else der.wrap(der.TIME, text)

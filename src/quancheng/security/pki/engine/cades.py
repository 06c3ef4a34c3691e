"""CMS signatures with everything that is needed to judge them later: CAdES B-LT (ETSI EN 319 122-1).

A message of `messages`, whose signed attributes name the certificate (RFC 5035), with the timestamp over its signature
among the unsigned ones, and the chain with its root and the revocation lists beside it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from asn1crypto import cms, tsp
from cryptography import x509
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import certificates, chains, der, messages, signing, timestamps
from quancheng.security.pki.engine.suites import MODERN

_STAMP: Final = der.oid("1.2.840.113549.1.9.16.2.14")
_SET: Final = 0x31
_FIRST, _SECOND = 0xA0, 0xA1


class Unfit(ValueError):
    """What cannot be signed in this form; the message says why."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A genuine signature: its chain, its timestamp, the lists that it brings; whom to trust is for the caller."""

    chain: tuple[x509.Certificate, ...]
    stamp: timestamps.Stamp
    lists: tuple[x509.CertificateRevocationList, ...]


def sign(
    content: bytes,
    *,
    signer: signing.Signer,
    enclosed: bool,
    roots: Sequence[x509.Certificate],
    lists: Sequence[bytes],
    at: datetime,
    timestamp: Callable[[bytes], bytes],
) -> bytes:
    """Return the signature (DER) over `content`, detached unless `enclosed`.

    `timestamp` makes a token over a SHA-256 digest; `lists` are the revocation lists (DER).

    :raises Unfit: when the signer signs with SM2, for which CAdES names no algorithm.
    """
    if signer.suite is not MODERN:
        raise Unfit(_("CAdES knows no SM2; sign it as CMS"))
    whole = replace(signer, chain=(*signer.chain, *roots))
    moment = at.replace(microsecond=0)
    plain = messages.make(whole, content, enclosed=enclosed, at=moment, extra=(_named(signer.certificate),))
    _kind, wrapped = der.single(plain).parts()
    infos = der.single(wrapped.expect(_FIRST)).parts()[-1]
    signature = der.single(infos.expect(_SET)).parts()[-1].expect(der.OCTETS)
    return _extended(plain, timestamp(hashlib.sha256(signature).digest()), lists)


def _named(certificate: x509.Certificate) -> cms.CMSAttribute:
    digest = hashlib.sha256(certificates.der(certificate)).digest()
    identifier = tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": digest})]})
    return cms.CMSAttribute({"type": "signing_certificate_v2", "values": [identifier]})


def _extended(plain: bytes, token: bytes, lists: Sequence[bytes]) -> bytes:
    """Return a message with a timestamp over its signature and revocation lists."""
    kind, wrapped = der.single(plain).parts()
    *before, infos = der.single(wrapped.expect(_FIRST)).parts()
    info = der.single(infos.expect(_SET))
    stamp = der.wrap(_SECOND, der.wrap(der.SEQUENCE, _STAMP + der.wrap(_SET, token)))
    crls = der.wrap(_SECOND, b"".join(sorted(lists)))
    return _put(kind, [*before], crls, info.content + stamp)


def _put(kind: der.Value, before: Sequence[der.Value], crls: bytes, info: bytes) -> bytes:
    infos = der.wrap(_SET, der.wrap(der.SEQUENCE, info))
    body = b"".join(item.whole for item in before) + crls + infos
    return der.wrap(der.SEQUENCE, kind.whole + der.wrap(_FIRST, der.wrap(der.SEQUENCE, body)))


@dataclass(frozen=True, slots=True)
class _Taken:
    """The parts of a message: itself without what was added, the timestamp, the lists, the signature."""

    plain: bytes
    token: bytes
    lists: tuple[bytes, ...]
    signature: bytes


def _taken_apart(message: bytes) -> _Taken:
    """Undo `_extended`. :raises der.Damaged: and other ValueErrors when it is not in our form."""
    kind, wrapped = der.single(message).parts()
    *before, crls, infos = der.single(wrapped.expect(_FIRST)).parts()
    *signed, signature, unsigned = der.single(infos.expect(_SET)).parts()
    name, stamps = der.single(unsigned.expect(_SECOND)).parts()
    if name.whole != _STAMP:
        raise ValueError("the unsigned attribute is no timestamp")
    plain = _put(kind, before, b"", b"".join(item.whole for item in (*signed, signature)))
    lists = tuple(item.whole for item in der.values(crls.expect(_SECOND)))
    return _Taken(plain, der.single(stamps.expect(_SET)).whole, lists, signature.expect(der.OCTETS))


def read(message: bytes, *, content: bytes | None, known: tuple[x509.Certificate, ...]) -> Opened:
    """Return what a signature says after checking that its key signed it; `content` is what a detached one is about.

    :raises signing.Malformed: when it is not in our form.
    :raises signing.Wrong: when it is not over this content, or its timestamp not over it.
    """
    try:
        taken = _taken_apart(message)
        lists = tuple(x509.load_der_x509_crl(item) for item in taken.lists)
        same = _extended(taken.plain, taken.token, taken.lists) == message
    except chains.DAMAGED:
        raise signing.Malformed(_("the signature lacks a part of CAdES B-LT")) from None
    if not same:
        raise signing.Malformed(_("the CMS message uses an algorithm or form that is not accepted"))
    _body, chain, attributes = messages.read(taken.plain, content=content)
    stated = [item.dump() for item in attributes if item["type"].native == "signing_certificate_v2"]
    if stated != [_named(chain[0]).dump()]:
        raise signing.Wrong(_("the signature names another certificate than the one that made it"))
    stamp = timestamps.read_token(taken.token, known=known)
    if stamp.digest != hashlib.new(stamp.algorithm, taken.signature).digest():
        raise signing.Wrong(_("the timestamp is not over this signature"))
    return Opened(chain, stamp, lists)

"""The Online Certificate Status Protocol (RFC 6960, nonces after RFC 9654, profile for many readers after RFC 5019).

Replies are spliced together from DER that never changes; only times, states and the signature are made anew.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from typing import Final
from urllib.parse import unquote

from cryptography import x509

from quancheng.security.pki.engine import certificates, der, keys, signing
from quancheng.security.pki.engine.suites import GUOMI

REQUEST_TYPE, REPLY_TYPE = "application/ocsp-request", "application/ocsp-response"
LARGEST, MOST = 8 * 1024, 32
NONCE_LONGEST = 128

BASIC = der.oid("1.3.6.1.5.5.7.48.1.1")
NONCE = der.oid("1.3.6.1.5.5.7.48.1.2")
HASHES: Final = {
    der.oid("1.3.14.3.2.26"): "sha1",
    der.oid("2.16.840.1.101.3.4.2.1"): "sha256",
    der.oid("2.16.840.1.101.3.4.2.2"): "sha384",
    der.oid("2.16.840.1.101.3.4.2.3"): "sha512",
    der.oid("1.2.156.10197.1.401"): "sm3",
}
# CRLReason numbers of RFC 5280 section 5.3.1.
REASONS: Final = {
    "unspecified": 0,
    "keyCompromise": 1,
    "cACompromise": 2,
    "affiliationChanged": 3,
    "superseded": 4,
    "cessationOfOperation": 5,
    "privilegeWithdrawn": 9,
}
GOOD, UNKNOWN = b"\x80\x00", b"\x82\x00"


def _error(number: int) -> bytes:
    return der.wrap(der.SEQUENCE, der.wrap(der.ENUMERATED, bytes((number,))))


MALFORMED, INTERNAL, TRY_LATER, UNAUTHORIZED = _error(1), _error(2), _error(3), _error(6)


@dataclass(frozen=True, slots=True)
class Asked:
    """One certificate asked about: the CertID as it came, which issuer it names, and its serial number."""

    identifier: bytes
    algorithm: bytes
    names: bytes
    serial: int


@dataclass(frozen=True, slots=True)
class Request:
    """What a request asks; `nonce` is the whole extension as it goes back, empty when there is none."""

    asked: tuple[Asked, ...]
    nonce: bytes = b""


@dataclass(frozen=True, slots=True)
class State:
    """What is known about a certificate; `revoked_at` is None while it is good."""

    revoked_at: datetime | None = None
    reason: str = ""


# Returns the state of the certificate with a serial number, None when this authority issued none with it.
States = Callable[[int], State | None]


def read(content: bytes) -> Request:
    """Return what a request (DER) asks. :raises der.Damaged: when it is malformed or demands what is not known here."""
    outer = der.single(content).parts()
    if not 1 <= len(outer) <= 2:
        raise der.Damaged("an OCSPRequest has one or two parts")
    parts = list(outer[0].parts())
    if parts and parts[0].tag == 0xA0 and parts.pop(0).content != der.integer(0):
        raise der.Damaged("only version 1 is known")
    if parts and parts[0].tag == 0xA1:
        parts.pop(0)
    if not parts:
        raise der.Damaged("nothing is asked")
    asked = tuple(_asked(item) for item in parts.pop(0).parts())
    if not 1 <= len(asked) <= MOST:
        raise der.Damaged("too few or too many certificates are asked about")
    nonce = b""
    if parts:
        nonce = _extensions(parts.pop(0))
    if parts:
        raise der.Damaged("a TBSRequest has more parts than there are")
    return Request(asked, nonce)


def _asked(item: der.Value) -> Asked:
    identifier, *extensions = item.parts()
    if len(extensions) > 1:
        raise der.Damaged("a Request has one or two parts")
    for extension in extensions:
        _extensions(extension, tag=0xA0)
    algorithm, name, key, serial = identifier.parts()
    number = serial.expect(der.INTEGER)
    if not 1 <= len(number) <= 21:
        raise der.Damaged("the serial number has a wrong length")
    kind, *parameters = algorithm.parts()
    # The CertID goes back as it came, so it must be one that others can read.
    if not der.is_integer(number) or not der.is_oid(kind.expect(der.OID)):
        raise der.Damaged("a number is not written in DER")
    if [item.whole for item in parameters] not in ([], [b"\x05\x00"]):
        raise der.Damaged("the hash algorithm has parameters")
    names = name.expect(der.OCTETS) + key.expect(der.OCTETS)
    return Asked(identifier.whole, kind.whole, names, int.from_bytes(number, "big", signed=True))


def _extensions(value: der.Value, *, tag: int = 0xA2) -> bytes:
    """Return the nonce extension among extensions, empty if there is none."""
    nonce = b""
    for extension in der.single(value.expect(tag)).parts():
        name, *others = extension.parts()
        if [item.tag for item in others] not in ([der.OCTETS], [der.BOOLEAN, der.OCTETS]):
            raise der.Damaged("an extension has a name, perhaps whether it is critical, and a value")
        critical = len(others) == 2 and others[0].content != b"\x00"
        if name.whole == NONCE:
            content = others[-1].content
            if not 1 <= len(content) <= NONCE_LONGEST + 3:
                raise der.Damaged("the nonce has a wrong length")
            nonce = der.wrap(der.SEQUENCE, NONCE + others[-1].whole)
        elif critical:
            raise der.Damaged("an extension that is not known here is critical")
    return nonce


def guesses(encoded: str) -> Iterator[bytes]:
    """Yield what the base64 in the path of a GET request may have been before servers on the way tidied it up.

    They decode `%2F` and then merge `//` to `/`, or read `+` as a blank. The likeliest reading comes first.
    """
    text = unquote(encoded) if "%" in encoded else encoded
    # DER of a request begins with 0x30, so its base64 never begins with a slash.
    text = text.lstrip("/").replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    if len(text) > LARGEST * 4 // 3:
        return
    places = [at for at, sign in enumerate(text) if sign == "/"]
    for lost in range(4):
        for chosen in combinations(places[:24], lost):
            repaired = text
            for at in reversed(chosen):
                repaired = repaired[:at] + "/" + repaired[at:]
            try:
                content = base64.b64decode(repaired + "=" * (-len(repaired) % 4), validate=True)
            except (binascii.Error, ValueError):
                continue
            if content[:1] == b"\x30" and _length(content) == len(content):
                yield content


def _length(content: bytes) -> int:
    """Return how long the first value says that it is."""
    if len(content) < 2 or content[1] < 0x80:
        return 2 + (content[1] if len(content) > 1 else 0)
    size = content[1] & 0x7F
    return 2 + size + int.from_bytes(content[2 : 2 + size], "big")


def _digest(name: str, content: bytes) -> bytes:
    return GUOMI.hash(content) if name == GUOMI.digest else hashlib.new(name, content).digest()


class Issuer:
    """Recognises an authority by the hashes in a CertID, whatever their algorithm."""

    def __init__(self, certificate: x509.Certificate) -> None:
        subject = certificate.subject.public_bytes()
        bits = keys.of(certificate).bits
        self._known = {identifier: _digest(name, subject) + _digest(name, bits) for identifier, name in HASHES.items()}

    def issued(self, asked: Asked) -> bool:
        """Test whether the CertID names this authority."""
        return self._known.get(asked.algorithm) == asked.names


class Responder:
    """Signs replies with a delegated certificate (RFC 6960 section 4.2.2.2)."""

    def __init__(self, signer: signing.Signer) -> None:
        self._sign, self._algorithm = signer.sign, signer.suite.signature
        identifier = signer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        self._who = der.wrap(0xA2, der.wrap(der.OCTETS, identifier))
        self._certificates = der.wrap(0xA0, der.wrap(der.SEQUENCE, certificates.der(signer.certificate)))

    def sign(
        self, answers: Sequence[tuple[bytes, State | None]], *, at: datetime, until: datetime, nonce: bytes = b""
    ) -> bytes:
        """Return a reply (DER) that gives each CertID its state, made at `at` and good until `until`.

        A state of None answers "unknown". `nonce` is the request's whole nonce extension.
        """
        now = _time(at)
        times = now + der.wrap(0xA0, _time(until))
        singles = b"".join(der.wrap(der.SEQUENCE, identifier + _state(state) + times) for identifier, state in answers)
        body = self._who + now + der.wrap(der.SEQUENCE, singles)
        if nonce:
            body += der.wrap(0xA1, der.wrap(der.SEQUENCE, nonce))
        body = der.wrap(der.SEQUENCE, body)
        signature = der.wrap(der.BITS, b"\x00" + self._sign(body))
        basic = der.wrap(der.SEQUENCE, body + self._algorithm + signature + self._certificates)
        inner = der.wrap(der.SEQUENCE, BASIC + der.wrap(der.OCTETS, basic))
        return der.wrap(der.SEQUENCE, b"\x0a\x01\x00" + der.wrap(0xA0, inner))


def _time(at: datetime) -> bytes:
    return der.wrap(der.TIME, at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def _state(state: State | None) -> bytes:
    if state is None:
        return UNKNOWN
    if state.revoked_at is None:
        return GOOD
    reason = REASONS.get(state.reason, 0)
    # A reason that says nothing is left out (RFC 5280 section 5.3.1).
    more = der.wrap(0xA0, der.wrap(der.ENUMERATED, bytes((reason,)))) if reason else b""
    return der.wrap(0xA1, _time(state.revoked_at) + more)

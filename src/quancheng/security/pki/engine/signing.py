"""A signer and its detached JWS (RFC 7515 appendix F)."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from functools import lru_cache

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import utils
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import certificates, chains, keys
from quancheng.security.pki.engine.suites import Suite

COORDINATE = 32


class Malformed(ValueError):
    """Something that is no signature of the form it should have."""


class Wrong(ValueError):
    """A signature that is not by this key over this content."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its certificate and the authorities above it, without the root."""

    key: keys.Key = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    holder: chains.Holder

    @property
    def suite(self) -> Suite:
        """The suite of its signatures."""
        return self.key.suite

    def sign(self, content: bytes) -> bytes:
        """Return the signature over `content`, DER: ECDSA with SHA-256, or SM2 with SM3."""
        return self.key.sign(content)

    def jws(self, payload: bytes) -> str:
        """Return a detached compact JWS over `payload`: header, nothing, signature; the chain stands as x5c.

        Its `alg` is ES256, or SM2SM3 in the suite guomi, for which no name is registered: r and s follow one another.
        """
        header = _header(self.suite.jose, tuple(certificates.der(item) for item in (self.certificate, *self.chain)))
        r, s = utils.decode_dss_signature(self.sign(header + b"." + encode(payload)))
        signature = r.to_bytes(COORDINATE, "big") + s.to_bytes(COORDINATE, "big")
        return f"{header.decode()}..{encode(signature).decode()}"


def encode(content: bytes) -> bytes:
    """Return `content` in base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def decode(text: str) -> bytes:
    """Return the content of base64url without padding. :raises Malformed: when it is not exactly that."""
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(_("the JWS is not in base64url")) from None
    # One content, one text: the unused bits at the end must be zero.
    if encode(content).decode() != text:
        raise Malformed(_("the JWS is not in base64url"))
    return content


@lru_cache(maxsize=256)
def _header(algorithm: str, chain: tuple[bytes, ...]) -> bytes:
    x5c = [base64.b64encode(item).decode() for item in chain]
    return encode(json.dumps({"alg": algorithm, "x5c": x5c}, separators=(",", ":")).encode())


@lru_cache(maxsize=1024)
def _read_header(text: str) -> tuple[x509.Certificate, ...]:
    try:
        header = json.loads(decode(text))
        chain = tuple(x509.load_der_x509_certificate(base64.b64decode(item, validate=True)) for item in header["x5c"])
        suite = keys.of(chain[0]).suite if chain else None
        if suite is None or header["alg"] != suite.jose or "crit" in header or "b64" in header:
            raise Malformed(_("the JWS uses an algorithm that is not accepted"))
    except Malformed:
        raise
    except (KeyError, *chains.DAMAGED):
        raise Malformed(_("the header of the JWS cannot be read")) from None
    return chain


def read_jws(payload: bytes, jws: str) -> tuple[x509.Certificate, ...]:
    """Return the chain of a detached JWS after checking that its first key signed `payload`.

    :raises Malformed: when it is no detached JWS with x5c in the algorithm of its key.
    :raises Wrong: when the signature is not over this payload.
    """
    parts = jws.split(".")
    if len(parts) != 3 or parts[1] or not jws.isascii():
        raise Malformed(_("the JWS is not detached"))
    chain = _read_header(parts[0])
    signature = decode(parts[2])
    if len(signature) != 2 * COORDINATE:
        raise Malformed(_("the signature of the JWS has a wrong length"))
    r, s = (int.from_bytes(signature[at : at + COORDINATE], "big") for at in (0, COORDINATE))
    check(chain[0], utils.encode_dss_signature(r, s), parts[0].encode() + b"." + encode(payload))
    return chain


def check(certificate: x509.Certificate, signature: bytes, content: bytes) -> None:
    """Check the signature (DER) of the certificate's key over `content`, in the suite of that key.

    :raises Malformed: when the certificate holds no such key.
    :raises Wrong: when the signature is not over this content.
    """
    try:
        public = keys.of(certificate)
    except chains.DAMAGED:
        raise Malformed(_("the certificate is damaged")) from None
    if public.suite is None:
        raise Malformed(_("the certificate holds no key that signs in one of our suites"))
    if not public.verifies(signature, content):
        raise Wrong(_("the signature is not over this content"))


def to_asn1(certificate: x509.Certificate) -> asn1.Certificate:
    """Return the certificate as asn1crypto has it."""
    return asn1.Certificate.load(certificates.der(certificate))

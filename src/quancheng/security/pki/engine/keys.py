"""Keys of both suites: what signs, what checks a signature, and how a key lies in a file."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from quancheng.security.pki.engine import der, libcrypto
from quancheng.security.pki.engine.suites import GUOMI, MODERN, Suite

# A SubjectPublicKeyInfo on the curve sm2p256v1 (1.2.156.10197.1.301) begins like this; an uncompressed point follows.
_SM2_PUBLIC: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
# The same on P-256.
_P256_PUBLIC: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_POINTS: Final = (_SM2_PUBLIC, _P256_PUBLIC)
_POINT_AT: Final = len(_P256_PUBLIC)
_SUITES: Final = {MODERN.curve: MODERN, GUOMI.curve: GUOMI}
_ECDSA: Final = ec.ECDSA(hashes.SHA256())
_RSA_BITS: Final = range(2048, 4097)


class Unaccepted(ValueError):
    """A key of a kind that is not accepted, or too weak, or no key at all."""


@dataclass(frozen=True, slots=True)
class Public:
    """A public key: its SubjectPublicKeyInfo (DER) and its kind, one of P-256, P-384, RSA and SM2."""

    der: bytes
    kind: str

    @property
    def suite(self) -> Suite | None:
        """The suite whose signatures this key checks, None where it stands outside of both."""
        return _SUITES.get(self.kind)

    @property
    def bits(self) -> bytes:
        """The key's own bytes, without the name of its algorithm."""
        if len(self.der) == _POINT_AT + 65 and self.der.startswith(_POINTS):
            return self.der[_POINT_AT:]
        return der.single(self.der).parts()[1].expect(der.BITS)[1:]

    @property
    def identifier(self) -> bytes:
        """The key identifier of RFC 5280 section 4.2.1.2, method 1."""
        return hashlib.sha1(self.bits, usedforsecurity=False).digest()

    @property
    def digest(self) -> str:
        """The SHA-256 of the whole, in hex."""
        return hashlib.sha256(self.der).hexdigest()

    def verifies(self, signature: bytes, content: bytes) -> bool:
        """Test whether `signature` (DER) is this key's over `content`, in the algorithm of the key's suite."""
        key = _loaded(self.der)
        if isinstance(key, libcrypto.Pkey):
            return key.verifies(signature, content)
        if self.kind != MODERN.curve:
            return False
        try:
            key.verify(signature, content, _ECDSA)
        except InvalidSignature:
            return False
        return True

    def encrypt(self, content: bytes) -> bytes:
        """Return `content` (a short secret) encrypted to an SM2 key. :raises Unaccepted: when it is another kind."""
        key = _loaded(self.der)
        if not isinstance(key, libcrypto.Pkey):
            raise Unaccepted(f"{self.kind} keys agree on secrets and do not encrypt them")
        return key.encrypt(content)


@lru_cache(maxsize=1024)
def _loaded(content: bytes) -> Any:
    if content.startswith(_SM2_PUBLIC):
        return libcrypto.open_public(content)
    return serialization.load_der_public_key(content)


@lru_cache(maxsize=1024)
def read(content: bytes) -> Public:
    """Return the key of a SubjectPublicKeyInfo (DER).

    :raises Unaccepted: unless it is P-256, P-384, RSA with 2048 to 4096 bits, or SM2.
    """
    try:
        key = _loaded(content)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Unaccepted("the key cannot be read") from None
    if isinstance(key, libcrypto.Pkey):
        return Public(content, GUOMI.curve)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1):
        return Public(content, "P-256" if isinstance(key.curve, ec.SECP256R1) else "P-384")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS:
        exponent = key.public_numbers().e
        if exponent >= 65537 and exponent % 2:
            return Public(content, "RSA")
    raise Unaccepted("the key is too weak or of a kind that is not accepted")


def public(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> Public:
    """Return a key of `cryptography` as ours. :raises Unaccepted: when it is none that is accepted."""
    return read(key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def of(certificate: x509.Certificate) -> Public:
    """Return the key that a certificate certifies. :raises ValueError: when the certificate or its key is damaged."""
    parts = der.single(certificate.tbs_certificate_bytes).parts()
    return read(parts[6 if parts[0].tag == der.VERSION else 5].whole)


def issued_by(lower: x509.Certificate, upper: x509.Certificate) -> bool:
    """Test whether the key of `upper` signed `lower`, and in the algorithm of that key's suite.

    :raises ValueError: when one of them is damaged.
    """
    key = of(upper)
    _tbs, algorithm, _signature = der.single(lower.public_bytes(serialization.Encoding.DER)).parts()
    fits = key.suite is not None and algorithm.whole == key.suite.signature
    return fits and lower.issuer == upper.subject and key.verifies(lower.signature, lower.tbs_certificate_bytes)


class Key(Protocol):
    """A private key that can sign, wherever it is kept."""

    @property
    def public(self) -> Public:
        """The public half."""
        ...

    @property
    def suite(self) -> Suite:
        """The suite in which it signs."""
        ...

    def sign(self, content: bytes) -> bytes:
        """Return the signature over `content`, DER."""
        ...


class FileKey(Key, Protocol):
    """A private key in this process's memory, which can be written into an encrypted file."""

    def to_pem(self, passphrase: bytes) -> bytes:
        """Return it as encrypted PKCS#8 (PEM)."""
        ...


@dataclass(frozen=True, slots=True)
class EcKey:
    """A P-256 key out of a file."""

    private: ec.EllipticCurvePrivateKey
    public: Public
    suite: Suite = MODERN

    def sign(self, content: bytes) -> bytes:
        return self.private.sign(content, _ECDSA)

    def to_pem(self, passphrase: bytes) -> bytes:
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase),
        )


@dataclass(frozen=True, slots=True)
class Sm2Key:
    """An SM2 key out of a file."""

    private: libcrypto.Pkey
    public: Public
    suite: Suite = GUOMI

    def sign(self, content: bytes) -> bytes:
        return self.private.sign(content)

    def to_pem(self, passphrase: bytes) -> bytes:
        return self.private.to_pem(passphrase)


def new(suite: Suite) -> FileKey:
    """Return a new key of a suite. :raises libcrypto.NoLibcrypto: when this machine has no SM2."""
    if suite is GUOMI:
        made = libcrypto.generate()
        return Sm2Key(made, read(made.public()))
    private = ec.generate_private_key(ec.SECP256R1())
    return EcKey(private, public(private.public_key()))


def open_file(content: bytes, passphrase: bytes) -> FileKey:
    """Return the key in an encrypted PKCS#8 (PEM).

    :raises ValueError: when the passphrase is wrong, or it is neither a P-256 nor an SM2 key.
    """
    try:
        private = serialization.load_pem_private_key(content, passphrase)
    except (UnsupportedAlgorithm, ValueError) as error:
        # What `cryptography` cannot read may be SM2, perhaps under SM4.
        try:
            made = libcrypto.open_private(content, passphrase)
        except (libcrypto.Failed, libcrypto.NoLibcrypto):
            raise ValueError(str(error)) from error
        return Sm2Key(made, read(made.public()))
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise ValueError("the file does not hold a P-256 or SM2 key")
    return EcKey(private, public(private.public_key()))

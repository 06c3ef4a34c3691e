"""A key laid down so that M of N officers together, and no fewer, can bring it back (GM/T 0015's double certificates).

The key is encrypted with a random secret of 128 bits as its passphrase, the secret is split after Shamir (1979) over
GF(2^128), and each share is enclosed for one officer's certificate. Whoever has M shares needs nothing of ours: the
laid-down key is a PKCS#8 file that `openssl pkey` opens with the secret in hex.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from Crypto.Protocol.SecretSharing import Shamir
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from quancheng.security.pki.engine import keys, libcrypto

_SECRET: Final = 16
_SHARE: Final = re.compile(r"([1-9][0-9]{0,2})-([0-9a-f]{32})")
_ROUNDS: Final = 100_000
MOST: Final = 20


class Unrecovered(ValueError):
    """Shares that do not bring the key back: too few, or not of this key."""


@dataclass(frozen=True, slots=True)
class LaidDown:
    """A key laid down: encrypted PKCS#8 (PEM), and its shares as text, the first officer's first."""

    content: bytes
    shares: tuple[str, ...] = field(repr=False)


def lay_down(key: keys.FileKey, *, threshold: int, count: int) -> LaidDown:
    """Return `key` laid down for `count` officers, of whom `threshold` are needed.

    :raises ValueError: unless 2 <= threshold <= count <= MOST.
    """
    if not 2 <= threshold <= count <= MOST:
        raise ValueError("it takes at least two officers, and no more than there are")
    secret = secrets.token_bytes(_SECRET)
    shares = Shamir.split(threshold, count, secret)
    return LaidDown(key.to_pem(secret.hex().encode()), tuple(f"{number}-{part.hex()}" for number, part in shares))


def bring_back(content: bytes, shares: Sequence[str], public: keys.Public) -> keys.FileKey:
    """Return the key that was laid down.

    :raises Unrecovered: when the shares are too few, not of this key, or the key is not the one of `public`.
    """
    try:
        parts = [(int(number), bytes.fromhex(part)) for number, part in (_read(share) for share in shares)]
        key = keys.open_file(content, Shamir.combine(parts).hex().encode())
    except (ValueError, TypeError, IndexError):
        raise Unrecovered("the shares do not open the key") from None
    if key.public != public:
        raise Unrecovered("the key that came back is another one")
    return key


def _read(share: str) -> tuple[str, str]:
    found = _SHARE.fullmatch(share.strip().lower())
    if found is None:
        raise Unrecovered("this is no share")
    return found[1], found[2]


def share_digest(share: str) -> str:
    """Return the SHA-256 of a share in hex, by which a share that was handed in is known to be the right one.

    It gives nothing away: a share has 128 random bits.

    :raises Unrecovered: when the text is no share.
    """
    return hashlib.sha256("-".join(_read(share)).encode()).hexdigest()


def parcel(
    key: keys.FileKey, certificate: x509.Certificate, chain: Sequence[x509.Certificate], *, name: str, password: str
) -> bytes:
    """Return a PKCS#12 (RFC 7292) with a key, its certificate and those above it, for browsers and mail programs.

    It is encrypted with AES-256 (PBES2) under `password`.
    """
    if isinstance(key, keys.EcKey):
        protection = (
            serialization.PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(_ROUNDS)
            .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
            .hmac_hash(hashes.SHA256())
            .build(password.encode())
        )
        return pkcs12.serialize_key_and_certificates(name.encode(), key.private, certificate, list(chain), protection)
    if not isinstance(key, keys.Sm2Key):
        raise ValueError("only keys of ours go into a parcel")
    both = (item.public_bytes(serialization.Encoding.DER) for item in (certificate, *chain))
    return libcrypto.pkcs12(key.private, tuple(both), name=name, password=password, rounds=_ROUNDS)

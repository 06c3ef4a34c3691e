"""Bodies are sealed with a key of their own each, made from the entry's salt: without the salt nobody reads them again.

The salt (32 random bytes) also opens the commitment in the leaf. Destroying it destroys the body wherever copies of the
sealed bytes are kept (crypto-shredding). AES-256-GCM, SP 800-38D; a key seals exactly one text, so the nonce is fixed.
"""

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = bytes(12)


class BadSeal(ValueError):
    """Sealed bytes that this salt does not open."""


def _key(salt: bytes) -> bytes:
    return hashlib.sha256(b"quancheng trail body\n" + salt).digest()


def seal(salt: bytes, body: str) -> bytes:
    """Return `body` sealed; 16 bytes longer than its UTF-8."""
    return AESGCM(_key(salt)).encrypt(NONCE, body.encode(), None)


def unseal(salt: bytes, sealed: bytes) -> str:
    """Return the body. :raises BadSeal: when the salt is another entry's or a byte was changed."""
    try:
        return AESGCM(_key(salt)).decrypt(NONCE, sealed, None).decode()
    except (InvalidTag, ValueError) as error:
        raise BadSeal("the seal is broken") from error

"""Encryption of a browser notice: aes128gcm (RFC 8188) with the keys of RFC 8291."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_SIZE = 4096
LONGEST = RECORD_SIZE - 16 - 1 - 86
"""Bytes of text in one record, so that the whole stays within the 4096 that a push service must take (RFC 8030 7.2)."""
LAST_RECORD = b"\x02"


def unpadded(text: str) -> bytes:
    """Return the bytes of base64url text without padding. :raises ValueError: if it is none."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def encoded(content: bytes) -> str:
    """Return bytes as base64url text without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as the 65 bytes of its uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(
    text: bytes,
    *,
    p256dh: str,
    auth: str,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return `text` encrypted for the browser with these keys. `own` and `salt` are given in tests only.

    :raises ValueError: if the keys are none or the text is longer than LONGEST.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a browser notice holds {LONGEST} bytes, not {len(text)}")
    own, salt = own or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(16)
    browser = unpadded(p256dh)
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), browser))
    info = b"WebPush: info\x00" + browser + point(own.public_key())
    material = _derived(shared, salt=unpadded(auth), info=info, length=32)
    key = _derived(material, salt=salt, info=b"Content-Encoding: aes128gcm\x00", length=16)
    nonce = _derived(material, salt=salt, info=b"Content-Encoding: nonce\x00", length=12)
    header = salt + RECORD_SIZE.to_bytes(4, "big") + bytes([65]) + point(own.public_key())
    return header + AESGCM(key).encrypt(nonce, text + LAST_RECORD, None)


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)

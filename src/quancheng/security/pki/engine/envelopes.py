"""Secrets enclosed for the holder of a certificate: EnvelopedData (RFC 5652 section 6), one recipient.

To a key on a NIST curve by agreement with a passing key (RFC 5753: X9.63 with SHA-256, AES-256 key wrap, AES-256-CBC);
`openssl cms -decrypt` opens it. To an SM2 key by SM2 encryption, SM4-CBC, and the names of GM/T 0010.
"""

import secrets
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, keywrap, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

from quancheng.security.pki.engine import der, keys, libcrypto

_ENVELOPED, _DATA = der.oid("1.2.840.113549.1.7.3"), der.oid("1.2.840.113549.1.7.1")
_GM_ENVELOPED, _GM_DATA = der.oid("1.2.156.10197.6.1.4.2.3"), der.oid("1.2.156.10197.6.1.4.2.1")
_AES256_CBC, _SM4_CBC = der.oid("2.16.840.1.101.3.4.1.42"), der.oid("1.2.156.10197.1.104.2")
_AES256_WRAP: Final = der.wrap(der.SEQUENCE, der.oid("2.16.840.1.101.3.4.1.45"))
_AGREEMENT: Final = der.wrap(der.SEQUENCE, der.oid("1.3.132.1.11.1") + _AES256_WRAP)
_SM2_ENCRYPTION: Final = der.wrap(der.SEQUENCE, der.oid("1.2.156.10197.1.301.3"))
_SHARED: Final = der.wrap(der.SEQUENCE, _AES256_WRAP + der.wrap(0xA2, der.wrap(der.OCTETS, (256).to_bytes(4, "big"))))
_SET: Final = 0x31
_BLOCK: Final = 128
CURVES: Final = ("P-256", "P-384", "SM2")


class Unopened(ValueError):
    """An envelope that is damaged or for somebody else."""


def enclose(content: bytes, recipient: x509.Certificate) -> bytes:
    """Return an EnvelopedData (DER) over `content` that only the key of `recipient` opens.

    :raises keys.Unaccepted: when that key is none of CURVES.
    """
    public = keys.of(recipient)
    if public.kind == "SM2":
        secret = secrets.token_bytes(16)
        body = der.integer(0) + _who(recipient) + _SM2_ENCRYPTION + der.wrap(der.OCTETS, public.encrypt(secret))
        inside = _encrypted(algorithms.SM4(secret), _SM4_CBC, _GM_DATA, content)
        return _message(_GM_ENVELOPED, 0, der.wrap(der.SEQUENCE, body), inside)
    if public.kind not in CURVES:
        raise keys.Unaccepted(f"{public.kind} keys are not used for this")
    theirs: Any = serialization.load_der_public_key(public.der)
    passing, secret = ec.generate_private_key(theirs.curve), secrets.token_bytes(32)
    wrapped = keywrap.aes_key_wrap(_agreed(passing.exchange(ec.ECDH(), theirs)), secret)
    body = (
        der.integer(3)
        + der.wrap(0xA0, der.wrap(0xA1, der.single(keys.public(passing.public_key()).der).content))
        + _AGREEMENT
        + der.wrap(der.SEQUENCE, der.wrap(der.SEQUENCE, _who(recipient) + der.wrap(der.OCTETS, wrapped)))
    )
    inside = _encrypted(algorithms.AES(secret), _AES256_CBC, _DATA, content)
    return _message(_ENVELOPED, 2, der.wrap(0xA1, body), inside)


def _agreed(shared: bytes) -> bytes:
    return X963KDF(algorithm=hashes.SHA256(), length=32, sharedinfo=_SHARED).derive(shared)


def _who(recipient: x509.Certificate) -> bytes:
    return der.wrap(der.SEQUENCE, recipient.issuer.public_bytes() + der.integer(recipient.serial_number))


def _encrypted(cipher: Any, name: bytes, kind: bytes, content: bytes) -> bytes:
    start, pad = secrets.token_bytes(16), padding.PKCS7(_BLOCK).padder()
    work = Cipher(cipher, modes.CBC(start)).encryptor()
    hidden = work.update(pad.update(content) + pad.finalize()) + work.finalize()
    return der.wrap(
        der.SEQUENCE, kind + der.wrap(der.SEQUENCE, name + der.wrap(der.OCTETS, start)) + der.wrap(0x80, hidden)
    )


def _message(name: bytes, version: int, recipient: bytes, inside: bytes) -> bytes:
    body = der.wrap(der.SEQUENCE, der.integer(version) + der.wrap(_SET, recipient) + inside)
    return der.wrap(der.SEQUENCE, name + der.wrap(0xA0, body))


def opened(message: bytes, key: keys.Key) -> bytes:
    """Return what an envelope of ours holds for `key`, a key out of a file.

    :raises Unopened: when it is damaged or for another key.
    """
    try:
        _name, whole = der.single(message).parts()
        _version, recipients, inside = der.single(whole.expect(0xA0)).parts()
        (recipient,) = recipients.parts(_SET)
        _kind, algorithm, hidden = inside.parts()
        _cipher, start = algorithm.parts()
        cipher = _sm4(recipient, key) if isinstance(key, keys.Sm2Key) else _aes(recipient, key)
        work, pad = Cipher(cipher, modes.CBC(start.content)).decryptor(), padding.PKCS7(_BLOCK).unpadder()
        plain = pad.update(work.update(hidden.expect(0x80)) + work.finalize())
        return plain + pad.finalize()
    except (ValueError, TypeError, keywrap.InvalidUnwrap, libcrypto.Failed) as error:
        raise Unopened(str(error)) from error


def _sm4(recipient: der.Value, key: keys.Sm2Key) -> Any:
    return algorithms.SM4(key.private.decrypt(recipient.parts()[3].expect(der.OCTETS)))


def _aes(recipient: der.Value, key: keys.Key) -> Any:
    if not isinstance(key, keys.EcKey):
        raise Unopened("the key is in no file")
    _version, originator, _algorithm, wrapped = recipient.parts(0xA1)
    spki = der.wrap(der.SEQUENCE, der.single(originator.expect(0xA0)).expect(0xA1))
    theirs: Any = serialization.load_der_public_key(spki)
    agreed = _agreed(key.private.exchange(ec.ECDH(), theirs))
    (one,) = wrapped.parts()
    return algorithms.AES(keywrap.aes_key_unwrap(agreed, one.parts()[1].expect(der.OCTETS)))

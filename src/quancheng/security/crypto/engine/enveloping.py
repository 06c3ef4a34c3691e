"""Encryption to a certificate: CMS AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084).

Keys on elliptic curves agree on the key that wraps (RFC 5753: ephemeral-static ECDH, X9.63 with SHA-256, AES-256 key
wrap of RFC 3394), RSA keys transport it (RFC 3560: OAEP with SHA-256). Nothing without authentication is opened: who
may ask for decryption of CBC could read a message by asking often enough.
"""

import os
from dataclasses import dataclass
from typing import Final

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from django.utils.translation import gettext_lazy as _

AGREEMENT: Final = "1.3.132.1.11.1"  # dhSinglePass-stdDH-sha256kdf-scheme
WRAP: Final = "2.16.840.1.101.3.4.1.45"  # id-aes256-wrap
GCM: Final = "2.16.840.1.101.3.4.1.46"  # id-aes256-GCM
AUTH_ENVELOPED: Final = "1.2.840.113549.1.9.16.1.23"
TAG, NONCE, KEY = 16, 12, 32
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


class Unfit(ValueError):
    """A certificate that nothing can be encrypted to; the message says why."""


class Unopenable(ValueError):
    """A message that cannot be opened with this key: of another form, for another key, or changed on the way."""


class _GcmParameters(core.Sequence):
    _fields = [("nonce", core.OctetString), ("icv_len", core.Integer, {"default": 12})]


class _SharedInfo(core.Sequence):
    """ECC-CMS-SharedInfo of RFC 5753 section 7.2."""

    _fields = [
        ("key_info", algos.AlgorithmIdentifier),
        ("supp_pub_info", core.OctetString, {"explicit": 2}),
    ]


class _Agreement(core.Sequence):
    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any, {"optional": True})]


class _OriginatorKey(core.Sequence):
    _fields = [("algorithm", _Agreement), ("public_key", core.OctetBitString)]


class _Originator(core.Choice):
    _alternatives = [
        ("issuer_and_serial_number", cms.IssuerAndSerialNumber),
        ("subject_key_identifier", core.OctetString, {"implicit": 0}),
        ("originator_key", _OriginatorKey, {"implicit": 1}),
    ]


class _AgreeInfo(core.Sequence):
    _fields = [
        ("version", cms.CMSVersion),
        ("originator", _Originator, {"explicit": 0}),
        ("ukm", core.OctetString, {"explicit": 1, "optional": True}),
        ("key_encryption_algorithm", _Agreement),
        ("recipient_encrypted_keys", cms.RecipientEncryptedKeys),
    ]


class _Recipient(core.Choice):
    _alternatives = [
        ("ktri", cms.KeyTransRecipientInfo),
        ("kari", _AgreeInfo, {"implicit": 1}),
        ("kekri", core.Sequence, {"implicit": 2}),
        ("pwri", core.Sequence, {"implicit": 3}),
        ("ori", core.Sequence, {"implicit": 4}),
    ]


class _Recipients(core.SetOf):
    _child_spec = _Recipient


class _Encrypted(core.Sequence):
    _fields = [
        ("content_type", core.ObjectIdentifier),
        ("content_encryption_algorithm", _Agreement),
        ("encrypted_content", core.OctetString, {"implicit": 0, "optional": True}),
    ]


class _AuthEnveloped(core.Sequence):
    _fields = [
        ("version", cms.CMSVersion),
        ("originator_info", core.Sequence, {"implicit": 0, "optional": True}),
        ("recipient_infos", _Recipients),
        ("auth_encrypted_content_info", _Encrypted),
        ("auth_attrs", cms.CMSAttributes, {"implicit": 1, "optional": True}),
        ("mac", core.OctetString),
        ("unauth_attrs", cms.CMSAttributes, {"implicit": 2, "optional": True}),
    ]


class _Info(core.Sequence):
    _fields = [("content_type", core.ObjectIdentifier), ("content", _AuthEnveloped, {"explicit": 0})]


@dataclass(frozen=True, slots=True)
class Recipient:
    """For whom a message is: how its certificate is named, and where the wrapped key lies."""

    serial: int
    issuer: bytes


def seal(content: bytes, *, to: x509.Certificate) -> bytes:
    """Return `content` as AuthEnvelopedData (DER) for the holder of `to`.

    :raises Unfit: when the certificate does not allow it or holds a key of another kind.
    """
    _check_usage(to)
    public, key, nonce = to.public_key(), os.urandom(KEY), os.urandom(NONCE)
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, CURVES):
        recipient = _Recipient("kari", _agree(public, key, to))
    elif isinstance(public, rsa.RSAPublicKey):
        recipient = _Recipient("ktri", _transport(public, key, to))
    else:
        raise Unfit(_("the certificate holds a key of a kind that cannot be used for encryption here"))
    body = AESGCM(key).encrypt(nonce, content, None)
    return _Info(
        {
            "content_type": AUTH_ENVELOPED,
            "content": {
                "version": "v0",
                "recipient_infos": [recipient],
                "auth_encrypted_content_info": {
                    "content_type": "1.2.840.113549.1.7.1",
                    "content_encryption_algorithm": {
                        "algorithm": GCM,
                        "parameters": core.Any(_GcmParameters({"nonce": nonce, "icv_len": TAG})),
                    },
                    "encrypted_content": body[:-TAG],
                },
                "mac": body[-TAG:],
            },
        }
    ).dump()


def _check_usage(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    except ValueError:
        raise Unfit(_("the certificate is damaged")) from None
    if not (usage.key_agreement or usage.key_encipherment):
        raise Unfit(_("the certificate is for signing, not for encryption"))


def _names(certificate: x509.Certificate) -> cms.IssuerAndSerialNumber:
    own = asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
    return cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number})


def _wrapping_key(secret: bytes) -> bytes:
    shared: dict[str, object] = {
        "key_info": {"algorithm": WRAP},
        "supp_pub_info": (KEY * 8).to_bytes(4, "big"),
    }
    info = _SharedInfo(shared).dump()
    return X963KDF(algorithm=hashes.SHA256(), length=KEY, sharedinfo=info).derive(secret)


def _agree(public: ec.EllipticCurvePublicKey, key: bytes, certificate: x509.Certificate) -> _AgreeInfo:
    once = ec.generate_private_key(public.curve)
    wrapped = aes_key_wrap(_wrapping_key(once.exchange(ec.ECDH(), public)), key)
    point = once.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return _AgreeInfo(
        {
            "version": "v3",
            "originator": _Originator(
                "originator_key",
                _OriginatorKey({"algorithm": {"algorithm": "1.2.840.10045.2.1"}, "public_key": point}),
            ),
            "key_encryption_algorithm": {
                "algorithm": AGREEMENT,
                "parameters": core.Any(_Agreement({"algorithm": WRAP})),
            },
            "recipient_encrypted_keys": [
                {
                    "rid": cms.KeyAgreementRecipientIdentifier("issuer_and_serial_number", _names(certificate)),
                    "encrypted_key": wrapped,
                }
            ],
        }
    )


def _transport(public: rsa.RSAPublicKey, key: bytes, certificate: x509.Certificate) -> cms.KeyTransRecipientInfo:
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    parameters = algos.RSAESOAEPParams(
        {
            "hash_algorithm": {"algorithm": "sha256"},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
        }
    )
    return cms.KeyTransRecipientInfo(
        {
            "version": "v0",
            "rid": cms.RecipientIdentifier("issuer_and_serial_number", _names(certificate)),
            "key_encryption_algorithm": {"algorithm": "rsaes_oaep", "parameters": parameters},
            "encrypted_key": public.encrypt(key, oaep),
        }
    )


def _load(message: bytes) -> _AuthEnveloped:
    try:
        info = _Info.load(message, strict=True)
        if info["content_type"].dotted != AUTH_ENVELOPED:
            raise Unopenable(_("it is no CMS AuthEnvelopedData"))
        assert info.native is not None  # noqa: S101  (reads everything, so that nothing is found malformed later)
    except Unopenable:
        raise
    except (ValueError, TypeError, KeyError, AssertionError, IndexError, RecursionError):
        raise Unopenable(_("it is no CMS AuthEnvelopedData")) from None
    return info["content"]


def recipients(message: bytes) -> tuple[Recipient, ...]:
    """Return for whom a message is. :raises Unopenable: when it is of another form."""
    found = []
    for item in _load(message)["recipient_infos"]:
        if item.name == "kari":
            names = [key["rid"] for key in item.chosen["recipient_encrypted_keys"]]
        elif item.name == "ktri":
            names = [item.chosen["rid"]]
        else:
            continue
        found += [
            Recipient(name.chosen["serial_number"].native, name.chosen["issuer"].dump())
            for name in names
            if name.name == "issuer_and_serial_number"
        ]
    return tuple(found)


def open_message(message: bytes, *, key: ec.EllipticCurvePrivateKey, serial: int) -> bytes:
    """Return what a message holds for the elliptic curve key whose certificate has the number `serial`.

    :raises Unopenable: when it is of another form, for another key, or changed on the way.
    """
    data = _load(message)
    content = data["auth_encrypted_content_info"]
    try:
        unwrapped = next(
            _unwrap(item.chosen, names["encrypted_key"].native, key)
            for item in data["recipient_infos"]
            if item.name == "kari"
            for names in item.chosen["recipient_encrypted_keys"]
            if names["rid"].name == "issuer_and_serial_number" and names["rid"].chosen["serial_number"].native == serial
        )
        method = content["content_encryption_algorithm"]
        if method["algorithm"].dotted != GCM or data["auth_attrs"].native:
            raise Unopenable(_("it is encrypted by another method than AES-256-GCM"))
        parameters = method["parameters"].parse(_GcmParameters)
        if parameters["icv_len"].native != TAG or len(data["mac"].native) != TAG:
            raise Unopenable(_("it is encrypted by another method than AES-256-GCM"))
        body = content["encrypted_content"].native + data["mac"].native
        return AESGCM(unwrapped).decrypt(parameters["nonce"].native, body, None)
    except StopIteration:
        raise Unopenable(_("it is for another key")) from None
    except (InvalidTag, InvalidUnwrap, ValueError, TypeError, KeyError) as error:
        if isinstance(error, Unopenable):
            raise
        raise Unopenable(_("it was changed on the way or made wrongly")) from None


def _unwrap(item: _AgreeInfo, wrapped: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    method = item["key_encryption_algorithm"]
    wrap = method["parameters"].parse(_Agreement)["algorithm"].dotted
    by_point = item["originator"].name == "originator_key" and item["ukm"].native is None
    if method["algorithm"].dotted != AGREEMENT or wrap != WRAP or not by_point:
        raise Unopenable(_("its key is wrapped by another method than ECDH with SHA-256 and AES-256"))
    point = item["originator"].chosen["public_key"].native
    return aes_key_unwrap(
        _wrapping_key(key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point))), wrapped
    )

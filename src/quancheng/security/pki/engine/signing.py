"""A signer, and its signatures: detached JWS (RFC 7515 appendix F) and CMS (RFC 5652)."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import certificates, chains

COORDINATE = 32


class Malformed(ValueError):
    """Something that is no signature of the form it should have."""


class Wrong(ValueError):
    """A signature that is not by this key over this content."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its certificate and the authorities above it, without the root."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    holder: chains.Holder

    def sign(self, content: bytes) -> bytes:
        """Return the ECDSA signature with SHA-256 over `content`, DER."""
        return self.key.sign(content, ec.ECDSA(hashes.SHA256()))

    def jws(self, payload: bytes) -> str:
        """Return a detached compact JWS over `payload`: header, nothing, signature; ES256 with the chain as x5c."""
        header = _header(tuple(certificates.der(item) for item in (self.certificate, *self.chain)))
        r, s = utils.decode_dss_signature(self.sign(header + b"." + _encode(payload)))
        signature = r.to_bytes(COORDINATE, "big") + s.to_bytes(COORDINATE, "big")
        return f"{header.decode()}..{_encode(signature).decode()}"


def _encode(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _decode(text: str) -> bytes:
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(_("the JWS is not in base64url")) from None
    # One content, one text: the unused bits at the end must be zero.
    if _encode(content).decode() != text:
        raise Malformed(_("the JWS is not in base64url"))
    return content


@lru_cache(maxsize=256)
def _header(chain: tuple[bytes, ...]) -> bytes:
    x5c = [base64.b64encode(item).decode() for item in chain]
    return _encode(json.dumps({"alg": "ES256", "x5c": x5c}, separators=(",", ":")).encode())


@lru_cache(maxsize=1024)
def _read_header(text: str) -> tuple[x509.Certificate, ...]:
    try:
        header = json.loads(_decode(text))
        if header["alg"] != "ES256" or "crit" in header or "b64" in header:
            raise Malformed(_("the JWS uses an algorithm that is not accepted"))
        chain = tuple(x509.load_der_x509_certificate(base64.b64decode(item, validate=True)) for item in header["x5c"])
    except Malformed:
        raise
    except (ValueError, KeyError, TypeError):
        raise Malformed(_("the header of the JWS cannot be read")) from None
    if not chain:
        raise Malformed(_("the header of the JWS cannot be read"))
    return chain


def read_jws(payload: bytes, jws: str) -> tuple[x509.Certificate, ...]:
    """Return the chain of a detached JWS after checking that its first key signed `payload`.

    :raises Malformed: when it is no detached JWS with ES256 and x5c.
    :raises Wrong: when the signature is not over this payload.
    """
    parts = jws.split(".")
    if len(parts) != 3 or parts[1] or not jws.isascii():
        raise Malformed(_("the JWS is not detached"))
    chain = _read_header(parts[0])
    signature = _decode(parts[2])
    if len(signature) != 2 * COORDINATE:
        raise Malformed(_("the signature of the JWS has a wrong length"))
    r, s = (int.from_bytes(signature[at : at + COORDINATE], "big") for at in (0, COORDINATE))
    _check(chain[0], utils.encode_dss_signature(r, s), parts[0].encode() + b"." + _encode(payload))
    return chain


def _check(certificate: x509.Certificate, signature: bytes, content: bytes) -> None:
    public = certificate.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise Malformed(_("the certificate holds no elliptic curve key"))
    try:
        public.verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Wrong(_("the signature is not over this content")) from None


def to_asn1(certificate: x509.Certificate) -> asn1.Certificate:
    """Return the certificate as asn1crypto has it."""
    return asn1.Certificate.load(certificates.der(certificate))


def signed_data(
    signer: Signer,
    content: bytes,
    *,
    content_type: str = "data",
    enclosed: bool,
    at: datetime | None,
    with_chain: bool = True,
    extra: tuple[cms.CMSAttribute, ...] = (),
) -> bytes:
    """Return a CMS SignedData (DER) over `content`, detached unless `enclosed`; `at` becomes the signing time."""
    sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
    certificate = to_asn1(signer.certificate)
    attributes = [
        cms.CMSAttribute({"type": "content_type", "values": [content_type]}),
        cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
        *extra,
    ]
    if at is not None:
        attributes.append(cms.CMSAttribute({"type": "signing_time", "values": [cms.Time({"utc_time": at})]}))
    signed = cms.CMSAttributes(attributes)
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                    )
                }
            ),
            "digest_algorithm": sha256,
            "signed_attrs": signed,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": signer.sign(signed.dump()),
        }
    )
    inner: dict[str, object] = {"content_type": content_type}
    if enclosed:
        inner["content"] = (core.OctetString if content_type == "data" else core.ParsableOctetString)(content)
    data = {
        "version": "v1" if content_type == "data" else "v3",
        "digest_algorithms": [sha256],
        "encap_content_info": inner,
        "signer_infos": [info],
    }
    if with_chain:
        data["certificates"] = [certificate, *(to_asn1(item) for item in signer.chain)]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)}).dump()


def read_signed_data(
    message: bytes, *, content: bytes | None = None, known: tuple[x509.Certificate, ...] = ()
) -> tuple[bytes, tuple[x509.Certificate, ...], cms.CMSAttributes]:
    """Return content, chain and signed attributes of a CMS SignedData after checking that its key signed it.

    `content` is what a detached message is about; `known` are certificates that the message may leave out.

    :raises Malformed: when it is no SignedData with one signer of our algorithms.
    :raises Wrong: when the signature is not over this content.
    """
    try:
        data = cms.ContentInfo.load(message, strict=True)["content"]
        (info,) = data["signer_infos"]
        enclosed = data["encap_content_info"]["content"].native is not None
        body = bytes(data["encap_content_info"]["content"]) if enclosed else content
        chain = _chain_of(info, data, known)
        attributes = info["signed_attrs"]
        stated = {item["type"].native: item["values"][0].native for item in attributes}
        accepted = (info["digest_algorithm"]["algorithm"].native, info["signature_algorithm"]["algorithm"].native)
    except (ValueError, KeyError, TypeError, IndexError):
        raise Malformed(_("the CMS message cannot be read")) from None
    if body is None or accepted != ("sha256", "sha256_ecdsa"):
        raise Malformed(_("the CMS message uses an algorithm or form that is not accepted"))
    if stated.get("message_digest") != hashlib.sha256(body).digest():
        raise Wrong(_("the signature is not over this content"))
    if stated.get("content_type") != data["encap_content_info"]["content_type"].native:
        raise Wrong(_("the signature is over another type of content"))
    _check(chain[0], info["signature"].native, attributes.untag().dump(force=True))
    return body, chain, attributes


def _chain_of(
    info: cms.SignerInfo, data: cms.SignedData, known: tuple[x509.Certificate, ...]
) -> tuple[x509.Certificate, ...]:
    enclosed = [x509.load_der_x509_certificate(item.chosen.dump()) for item in data["certificates"] or ()]
    offered = [*enclosed, *known]
    wanted = info["sid"].chosen
    (first, *_same) = [
        item
        for item in offered
        if item.serial_number == wanted["serial_number"].native
        and item.issuer.public_bytes() == wanted["issuer"].dump()
    ] or [None]
    if first is None:
        raise Malformed(_("the CMS message names no certificate of its signer"))
    chain = [first]
    while above := next((item for item in offered if item.subject == chain[-1].issuer and item not in chain), None):
        chain.append(above)
    return tuple(chain)

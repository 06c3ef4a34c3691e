"""Timestamp tokens of authorities that others run: any of RFC 3161 with RSA or ECDSA and SHA-2, judged strictly.

Ours are held to a form of their own (`timestamps.read_token`); of these only what the signature covers counts, and the
certificates that come along are nothing but a way to one that is trusted.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import chains, messages, signing, timestamps

_HASHES: Final = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_BITS: Final = 2048
_LONGEST: Final = 8
# The digest by which a token names its certificate; SHA-1 where it is of RFC 3161 itself, before RFC 5816.
_NAMED: Final = ("signing_certificate", "signing_certificate_v2")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a genuine token states. `signer` is the certificate that made it."""

    at: datetime
    serial: int
    policy: str
    algorithm: str
    digest: bytes
    nonce: int | None
    signer: x509.Certificate

    @property
    def authority(self) -> str:
        """What the authority calls itself."""
        names = self.signer.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else self.signer.subject.rfc4514_string()


def judge(
    response: bytes,
    *,
    digest: bytes,
    nonce: int,
    policies: Sequence[str],
    trusted: Sequence[x509.Certificate],
    at: datetime,
    tolerance: timedelta,
) -> tuple[bytes, Stated]:
    """Return the token (DER) in an authority's response to a request of ours, and what it states.

    `digest` (SHA-256) and `nonce` are those of the request; without `policies` any is accepted; `at` is our time now.

    :raises signing.Malformed: when it is no token.
    :raises signing.Wrong: when it does not answer this request, or its time is not ours.
    :raises chains.Untrusted: when its certificate does not lead to a trusted one, or is for something else.
    """
    try:
        token = timestamps.token_of(response)
    except timestamps.Refused as refused:
        facts = {"failure": refused.failure, "text": str(refused)[:200]}
        raise signing.Malformed(_("it gives no timestamp: %(failure)s %(text)s") % facts) from None
    except messages.UNREADABLE:
        raise signing.Malformed(_("the answer is no timestamp reply")) from None
    stated = read(token, trusted=trusted)
    if (stated.algorithm, stated.digest) != ("sha256", digest):
        raise signing.Wrong(_("the token is over another content"))
    if stated.nonce != nonce:
        raise signing.Wrong(_("the token answers another request: its nonce is not ours"))
    if policies and stated.policy not in policies:
        raise signing.Wrong(_("the token is made under the policy %(policy)s") % {"policy": stated.policy})
    if abs(stated.at - at) > tolerance:
        away = round((stated.at - at).total_seconds())
        raise signing.Wrong(_("its time is %(seconds)s seconds away from ours") % {"seconds": away})
    return token, stated


def read(token: bytes, *, trusted: Sequence[x509.Certificate]) -> Stated:
    """Return what a token (DER) states after checking signature, certificate and its way to a trusted one.

    :raises signing.Malformed: when it is no timestamp token, or made with what is not accepted.
    :raises signing.Wrong: when its signature does not fit.
    :raises chains.Untrusted: when its certificate is not to be trusted at that time.
    """
    try:
        signer, brought, stated = _opened(token)
    except (signing.Malformed, signing.Wrong, chains.Untrusted):
        raise
    except messages.UNREADABLE:
        raise signing.Malformed(_("the timestamp token cannot be read")) from None
    try:
        _check_purpose(signer)
        _check_way(signer, [*brought, *trusted], trusted, stated.at)
    except chains.Untrusted:
        raise
    except chains.DAMAGED:
        raise chains.Untrusted(_("the certificate is damaged")) from None
    return stated


def _opened(token: bytes) -> tuple[x509.Certificate, list[x509.Certificate], Stated]:
    whole = cms.ContentInfo.load(token, strict=True)
    if whole["content_type"].native != "signed_data":
        raise signing.Malformed(_("the timestamp token cannot be read"))
    data = whole["content"]
    (info,) = data["signer_infos"]
    inner = data["encap_content_info"]
    if inner["content_type"].native != "tst_info":
        raise signing.Malformed(_("the timestamp token cannot be read"))
    content = bytes(inner["content"])
    brought = [x509.load_der_x509_certificate(item.chosen.dump()) for item in data["certificates"] or ()]
    attributes = {item["type"].native: item["values"] for item in info["signed_attrs"]}
    named = [attributes[kind][0]["certs"][0] for kind in _NAMED if kind in attributes]
    hashed = info["digest_algorithm"]["algorithm"].native
    if hashed not in _HASHES or not named:
        raise signing.Malformed(_("the timestamp token is made with what is not accepted"))
    if attributes["message_digest"][0].native != hashlib.new(hashed, content).digest():
        raise signing.Wrong(_("the signature is not over this content"))
    if attributes["content_type"][0].native != "tst_info":
        raise signing.Wrong(_("the signature is over another type of content"))
    signer = _signer(info["sid"].chosen, brought)
    if not all(_names(item, signer) for item in named):
        raise signing.Wrong(_("the token was made with another certificate than it names"))
    _check_signature(signer, info, hashed)
    state = tsp.TSTInfo.load(content, strict=True)
    imprint = state["message_imprint"]
    stated = Stated(
        at=state["gen_time"].native.astimezone(UTC),
        serial=state["serial_number"].native,
        policy=state["policy"].native,
        algorithm=imprint["hash_algorithm"]["algorithm"].native,
        digest=imprint["hashed_message"].native,
        nonce=state["nonce"].native,
        signer=signer,
    )
    return signer, brought, stated


def _signer(wanted: Any, brought: Iterable[x509.Certificate]) -> x509.Certificate:
    for item in brought:
        if isinstance(wanted, cms.IssuerAndSerialNumber):
            fits = item.serial_number == wanted["serial_number"].native
            if fits and item.issuer.public_bytes() == wanted["issuer"].dump():
                return item
        elif wanted.native == item.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest:
            return item
    raise signing.Malformed(_("the token does not bring the certificate of its signer"))


def _names(identifier: Any, signer: x509.Certificate) -> bool:
    if isinstance(identifier, tsp.ESSCertIDv2):
        algorithm = identifier["hash_algorithm"]["algorithm"].native
        return algorithm in _HASHES and identifier["cert_hash"].native == signer.fingerprint(_HASHES[algorithm])
    return bool(identifier["cert_hash"].native == signer.fingerprint(hashes.SHA1()))  # noqa: S303 - a name, no proof


def _check_signature(signer: x509.Certificate, info: Any, hashed: str) -> None:
    signed, signature = info["signed_attrs"].untag().dump(), info["signature"].native
    algorithm, key = info["signature_algorithm"], signer.public_key()
    stated = algorithm["algorithm"].native
    kind = algorithm.signature_algo
    # What names a digest together with the signature must name the one of the token.
    digest = hashed if stated == "rsassa_pkcs1v15" else algorithm.hash_algo
    try:
        if kind == "rsassa_pkcs1v15" and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _BITS:
            key.verify(signature, signed, padding.PKCS1v15(), _HASHES[digest])
        elif kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= 256:
            key.verify(signature, signed, ec.ECDSA(_HASHES[digest]))
        else:
            raise signing.Malformed(_("the timestamp token is made with what is not accepted"))
    except InvalidSignature:
        raise signing.Wrong(_("the signature is not over this content")) from None


def _check_purpose(signer: x509.Certificate) -> None:
    """Check that the key does nothing else (RFC 3161 section 2.3)."""
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise chains.Untrusted(_("the certificate is not made for this purpose")) from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise chains.Untrusted(_("the certificate is not made for this purpose"))


def _check_way(
    signer: x509.Certificate, offered: list[x509.Certificate], trusted: Sequence[x509.Certificate], at: datetime
) -> None:
    """Check that each certificate up to a trusted one was valid at `at` and issued by an authority."""
    lower = signer
    for depth in range(_LONGEST):
        if not lower.not_valid_before_utc <= at <= lower.not_valid_after_utc:
            raise chains.Untrusted(_("the certificate was not valid at that time"))
        if lower in trusted:
            return
        upper = next((item for item in [*trusted, *offered] if item != lower and _issued(lower, item, depth)), None)
        if upper is None:
            break
        lower = upper
    raise chains.Untrusted(_("the chain does not end at a trusted root"))


def _issued(lower: x509.Certificate, upper: x509.Certificate, depth: int) -> bool:
    if lower.issuer != upper.subject:
        return False
    try:
        constraints = upper.extensions.get_extension_for_class(x509.BasicConstraints).value
        lower.verify_directly_issued_by(upper)
    except (InvalidSignature, x509.ExtensionNotFound, *chains.DAMAGED):
        return False
    try:
        signs = upper.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        signs = True
    return constraints.ca and signs and (constraints.path_length is None or depth <= constraints.path_length)

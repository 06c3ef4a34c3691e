"""Signed messages in the one form of CMS (RFC 5652) that this platform makes: one signer, P-256, SHA-256, DER.

Whatever the signature itself does not cover (versions, algorithm names, order) is compared with that form, so that not
one bit of a message can be changed without its being refused.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1
from cryptography import x509
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import chains, signing

# What asn1crypto raises when it is asked for what was damaged: it parses lazily, and has kinds of values that it knows
# by name alone (REAL, INSTANCE OF), which have no native form; deep nesting ends at Python's own limit.
UNREADABLE = (KeyError, IndexError, AttributeError, OverflowError, RecursionError, *chains.DAMAGED)


def make(
    signer: signing.Signer,
    content: bytes,
    *,
    content_type: str = "data",
    enclosed: bool,
    at: datetime | None,
    with_chain: bool = True,
    extra: tuple[cms.CMSAttribute, ...] = (),
) -> bytes:
    """Return a SignedData (DER) over `content`, detached unless `enclosed`; `at` becomes the signing time."""
    attributes = [
        cms.CMSAttribute({"type": "content_type", "values": [content_type]}),
        cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
        *extra,
    ]
    if at is not None:
        attributes.append(cms.CMSAttribute({"type": "signing_time", "values": [cms.Time({"utc_time": at})]}))
    signed = cms.CMSAttributes(attributes).dump()
    own = signing.to_asn1(signer.certificate)
    return _assemble(
        own,
        signed=signed,
        signature=signer.sign(signed),
        content_type=content_type,
        content=content if enclosed else None,
        certificates=[own, *(signing.to_asn1(item) for item in signer.chain)] if with_chain else (),
    )


def _assemble(
    own: asn1.Certificate,
    *,
    signed: bytes,
    signature: bytes,
    content_type: str,
    content: bytes | None,
    certificates: Sequence[asn1.Certificate],
) -> bytes:
    sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
    identifier = cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number})
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": identifier}),
            "digest_algorithm": sha256,
            "signed_attrs": cms.CMSAttributes.load(signed),
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": signature,
        }
    )
    inner: dict[str, object] = {"content_type": content_type}
    if content is not None:
        inner["content"] = (core.OctetString if content_type == "data" else core.ParsableOctetString)(content)
    data = {
        "version": "v1" if content_type == "data" else "v3",
        "digest_algorithms": [sha256],
        "encap_content_info": inner,
        "signer_infos": [info],
    }
    if certificates:
        data["certificates"] = list(certificates)
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)}).dump()


def read(
    message: bytes, *, content: bytes | None = None, known: tuple[x509.Certificate, ...] = ()
) -> tuple[bytes, tuple[x509.Certificate, ...], cms.CMSAttributes]:
    """Return content, chain and signed attributes of a SignedData after checking that its key signed it.

    `content` is what a detached message is about; `known` are certificates that the message may leave out. Whether the
    chain is to be trusted is for the caller to judge.

    :raises signing.Malformed: when it is not in our form.
    :raises signing.Wrong: when the signature is not over this content.
    """
    try:
        data = cms.ContentInfo.load(message, strict=True)["content"]
        (info,) = data["signer_infos"]
        inner = data["encap_content_info"]
        enclosed = bytes(inner["content"]) if inner["content"].native is not None else None
        kind, signature, attributes = inner["content_type"].native, info["signature"].native, info["signed_attrs"]
        stated = {item["type"].native: item["values"][0].native for item in attributes}
        signed = attributes.untag().dump(force=True)
        brought = [item.chosen for item in data["certificates"] or ()]
        chain = _chain(info["sid"].chosen, [x509.load_der_x509_certificate(item.dump()) for item in brought], known)
        again = _assemble(
            signing.to_asn1(chain[0]),
            signed=signed,
            signature=signature,
            content_type=kind,
            content=enclosed,
            certificates=brought,
        )
    except signing.Malformed:
        raise
    except UNREADABLE:
        raise signing.Malformed(_("the CMS message cannot be read")) from None
    body = content if enclosed is None else enclosed
    if body is None or again != message:
        raise signing.Malformed(_("the CMS message uses an algorithm or form that is not accepted"))
    if stated.get("message_digest") != hashlib.sha256(body).digest():
        raise signing.Wrong(_("the signature is not over this content"))
    if stated.get("content_type") != kind:
        raise signing.Wrong(_("the signature is over another type of content"))
    signing.check(chain[0], signature, signed)
    return body, chain, attributes


def _chain(
    wanted: cms.IssuerAndSerialNumber, brought: list[x509.Certificate], known: tuple[x509.Certificate, ...]
) -> tuple[x509.Certificate, ...]:
    """Return the signer's certificate and those above it. Everything that was brought must belong to them."""
    offered = [*brought, *known]
    first = next(
        (
            item
            for item in offered
            if item.serial_number == wanted["serial_number"].native
            and item.issuer.public_bytes() == wanted["issuer"].dump()
        ),
        None,
    )
    if first is None:
        raise signing.Malformed(_("the CMS message names no certificate of its signer"))
    chain = [first]
    while above := next((item for item in offered if item.subject == chain[-1].issuer and item not in chain), None):
        chain.append(above)
    if not set(brought) <= set(chain):
        raise signing.Malformed(_("the CMS message brings a certificate that does not belong to it"))
    return tuple(chain)

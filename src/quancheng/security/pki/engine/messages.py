"""Signed messages in the one form of CMS (RFC 5652) that this platform makes: one signer, his suite, DER.

In the suite guomi a message over plain content bears the names of GM/T 0010: signedData 1.2.156.10197.6.1.4.2.2, data
1.2.156.10197.6.1.4.2.1, SM3 1.2.156.10197.1.401, and 1.2.156.10197.1.301.1 as the signature's algorithm. Timestamp
tokens keep the outer names of RFC 3161, or nobody's client would open them.

Whatever the signature itself does not cover (versions, algorithm names, order) is compared with that form, so that not
one bit of a message can be changed without its being refused.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1
from cryptography import x509
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import chains, der, keys, signing
from quancheng.security.pki.engine.suites import GUOMI, Suite

_DATA: Final = {"modern": "data", "guomi": "1.2.156.10197.6.1.4.2.1"}
# Names of a SignedData and of plain data inside it, RFC 5652 and GM/T 0010.
_COMMON: Final = der.oid("1.2.840.113549.1.7.2"), der.oid("1.2.840.113549.1.7.1")
_NATIONAL: Final = der.oid("1.2.156.10197.6.1.4.2.2"), der.oid("1.2.156.10197.6.1.4.2.1")

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
    common_names: bool = False,
) -> bytes:
    """Return a SignedData (DER) over `content`, detached unless `enclosed`; `at` becomes the signing time.

    With `common_names` plain content is named as in RFC 5652 in the suite guomi too.
    """
    stated = content_type if common_names else _stated(content_type, signer.suite)
    attributes = [
        cms.CMSAttribute({"type": "content_type", "values": [stated]}),
        cms.CMSAttribute({"type": "message_digest", "values": [signer.suite.hash(content)]}),
        *extra,
    ]
    if at is not None:
        attributes.append(cms.CMSAttribute({"type": "signing_time", "values": [cms.Time({"utc_time": at})]}))
    signed = cms.CMSAttributes(attributes).dump()
    own = signing.to_asn1(signer.certificate)
    return _assemble(
        own,
        signer.suite,
        signed=signed,
        signature=signer.sign(signed),
        content_type=content_type,
        content=content if enclosed else None,
        certificates=[own, *(signing.to_asn1(item) for item in signer.chain)] if with_chain else (),
        common_names=common_names,
    )


def _stated(content_type: str, suite: Suite) -> str:
    """Return how the signed attributes name a type of content."""
    return _DATA[suite.code] if content_type == "data" else content_type


def _assemble(
    own: asn1.Certificate,
    suite: Suite,
    *,
    signed: bytes,
    signature: bytes,
    content_type: str,
    content: bytes | None,
    certificates: Sequence[asn1.Certificate],
    common_names: bool,
) -> bytes:
    digest = algos.DigestAlgorithm({"algorithm": suite.digest_oid})
    identifier = cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number})
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": identifier}),
            "digest_algorithm": digest,
            "signed_attrs": cms.CMSAttributes.load(signed),
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": suite.cms_signature}),
            "signature": signature,
        }
    )
    inner: dict[str, object] = {"content_type": content_type}
    if content is not None:
        inner["content"] = (core.OctetString if content_type == "data" else core.ParsableOctetString)(content)
    data = {
        "version": "v1" if content_type == "data" else "v3",
        "digest_algorithms": [digest],
        "encap_content_info": inner,
        "signer_infos": [info],
    }
    if certificates:
        data["certificates"] = list(certificates)
    made = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)}).dump()
    return _renamed(made, _NATIONAL) if suite is GUOMI and content_type == "data" and not common_names else made


def _renamed(message: bytes, names: tuple[bytes, bytes]) -> bytes:
    """Return a SignedData over plain data (DER) under other names. :raises der.Damaged: when it is none."""
    _outer, content = der.single(message).parts()
    version, digests, inner, *others = der.single(content.expect(0xA0)).parts()
    _inner, *enclosed = inner.parts()
    inside = der.wrap(der.SEQUENCE, names[1] + b"".join(item.whole for item in enclosed))
    body = version.whole + digests.whole + inside + b"".join(item.whole for item in others)
    return der.wrap(der.SEQUENCE, names[0] + der.wrap(0xA0, der.wrap(der.SEQUENCE, body)))


def read(
    message: bytes,
    *,
    content: bytes | None = None,
    known: tuple[x509.Certificate, ...] = (),
    common_names: bool = False,
) -> tuple[bytes, tuple[x509.Certificate, ...], cms.CMSAttributes]:
    """Return content, chain and signed attributes of a SignedData after checking that its key signed it.

    `content` is what a detached message is about; `known` are certificates that the message may leave out;
    `common_names` as it was made with. Whether the chain is to be trusted is for the caller to judge.

    :raises signing.Malformed: when it is not in our form.
    :raises signing.Wrong: when the signature is not over this content.
    """
    try:
        national = der.single(message).parts()[0].whole == _NATIONAL[0]
        data = cms.ContentInfo.load(_renamed(message, _COMMON) if national else message, strict=True)["content"]
        (info,) = data["signer_infos"]
        inner = data["encap_content_info"]
        enclosed = bytes(inner["content"]) if inner["content"].native is not None else None
        kind, signature, attributes = inner["content_type"].native, info["signature"].native, info["signed_attrs"]
        stated = {item["type"].native: item["values"][0].native for item in attributes}
        signed = attributes.untag().dump(force=True)
        brought = [item.chosen for item in data["certificates"] or ()]
        chain = _chain(info["sid"].chosen, [x509.load_der_x509_certificate(item.dump()) for item in brought], known)
        suite = keys.of(chain[0]).suite
        if suite is None:
            raise signing.Malformed(_("the certificate holds no key that signs in one of our suites"))
        again = _assemble(
            signing.to_asn1(chain[0]),
            suite,
            signed=signed,
            signature=signature,
            content_type=kind,
            content=enclosed,
            certificates=brought,
            common_names=common_names,
        )
    except signing.Malformed:
        raise
    except UNREADABLE:
        raise signing.Malformed(_("the CMS message cannot be read")) from None
    body = content if enclosed is None else enclosed
    if body is None or again != message:
        raise signing.Malformed(_("the CMS message uses an algorithm or form that is not accepted"))
    if stated.get("message_digest") != suite.hash(body):
        raise signing.Wrong(_("the signature is not over this content"))
    if stated.get("content_type") != (kind if common_names else _stated(kind, suite)):
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

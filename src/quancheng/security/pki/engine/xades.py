"""Signatures on XML and over files: XAdES B-LT (ETSI EN 319 132-1), enveloped in the document or detached.

A signature stands in one form: exclusive canonicalisation, SHA-256, ECDSA on P-256, the signed properties, then the
timestamp over the signature's value, the root and the revocation lists. Whoever reads one takes out what varies, writes
the form anew and compares: a signature moved elsewhere, other transforms, references to other places or anything added
is thereby refused, and nothing that a document names is ever looked up.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import utils
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from lxml import etree

from quancheng.security.pki.engine import certificates, chains, signing, timestamps
from quancheng.security.pki.engine.suites import MODERN

LARGEST: Final = 4 * 1024 * 1024
# A signature with its lists, around what is signed.
LARGEST_SIGNED: Final = 3 * LARGEST
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
ECDSA: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"
XML, FILE = "text/xml", "application/octet-stream"
_SPACES: Final = {"ds": DS, "xades": XADES}
_IDENTITY: Final = re.compile(r"[0-9a-f]{32}")
# Nothing that names another place than the file beside the signature.
_NAME: Final = re.compile(r"(?!\.{1,2}$)[^/\\:?#\x00-\x1f\x7f]{1,200}")
_STAMP_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


class Unfit(ValueError):
    """What cannot be signed in this form; the message says why."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that varies between signatures. `name` is the file's that a detached one is about, empty when enveloped.

    `chain` are the signer's certificate and those above it, `brought` the certificates beside them, `lists` CRLs, all
    DER; `value` is r and s, one after the other.
    """

    identity: str
    name: str
    digest: bytes
    at: datetime
    chain: tuple[bytes, ...]
    value: bytes = b""
    token: bytes = b""
    brought: tuple[bytes, ...] = ()
    lists: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A genuine signature: its chain, its timestamp, the lists that it brings; whom to trust is for the caller."""

    chain: tuple[x509.Certificate, ...]
    stamp: timestamps.Stamp
    lists: tuple[x509.CertificateRevocationList, ...]
    at: datetime


def sign(
    content: bytes,
    *,
    signer: signing.Signer,
    name: str,
    brought: Sequence[x509.Certificate],
    lists: Sequence[bytes],
    at: datetime,
    timestamp: Callable[[bytes], bytes],
) -> bytes:
    """Return the XML document `content` with the signature as its last element; with `name` a detached signature.

    `timestamp` makes a token over a SHA-256 digest; `brought` are the roots, `lists` the revocation lists (DER).

    :raises Unfit: when it cannot be signed: no XML, too large, comments, signed already, or a signer with SM2.
    """
    if signer.suite is not MODERN:
        raise Unfit(_("XAdES knows no SM2; sign it as CMS"))
    if name and not _NAME.fullmatch(name):
        raise Unfit(_("the name of the file may be no path"))
    if len(content) > LARGEST:
        raise Unfit(_("it is larger than %(most)s MiB") % {"most": LARGEST >> 20})
    document = None if name else _parsed(content, Unfit)
    if document is not None and _signatures(document):
        raise Unfit(_("it carries a signature already"))
    facts = Facts(
        identity=secrets.token_hex(16),
        name=name,
        digest=hashlib.sha256(content if document is None else _canonical(document)).digest(),
        at=at.astimezone(UTC).replace(microsecond=0),
        chain=tuple(certificates.der(item) for item in (signer.certificate, *signer.chain)),
    )
    r, s = utils.decode_dss_signature(signer.sign(_canonical(_one(_written(facts), "ds:SignedInfo"))))
    facts = replace(facts, value=r.to_bytes(signing.COORDINATE, "big") + s.to_bytes(signing.COORDINATE, "big"))
    imprint = hashlib.sha256(_canonical(_one(_written(facts), "ds:SignatureValue"))).digest()
    made = _written(
        replace(
            facts,
            token=timestamp(imprint),
            brought=tuple(certificates.der(item) for item in brought),
            lists=tuple(lists),
        )
    )
    if document is not None:
        document.append(made)
        made = document
    return etree.tostring(made, xml_declaration=True, encoding="UTF-8")


def read(signature: bytes, *, content: bytes | None, known: tuple[x509.Certificate, ...]) -> Opened:
    """Return what a signature says after checking that its key signed this document, or `content` when detached.

    `known` are authorities whose certificates the timestamp may leave out.

    :raises signing.Malformed: when it is not in our form.
    :raises signing.Wrong: when it is not over this content, or its timestamp not over it.
    """
    if len(signature) > LARGEST_SIGNED:
        raise signing.Malformed(_("it is larger than %(most)s MiB") % {"most": LARGEST_SIGNED >> 20})
    document = _parsed(signature, signing.Malformed)
    found = _place(document, detached=content is not None)
    try:
        facts = _facts(found)
        again = _written(facts)
    except (LookupError, ValueError, TypeError, AttributeError):
        raise signing.Malformed(_("the signature lacks a part of XAdES B-LT")) from None
    if _canonical(again, comments=True) != _canonical(found, comments=True):
        raise signing.Malformed(_("the signature uses an algorithm, a reference or a form that is not accepted"))
    _check_names(document, found, facts)
    if bool(facts.name) != (content is not None):
        raise signing.Malformed(_("the signature is about a file that does not come with it"))
    if content is None:
        bare = deepcopy(document)
        bare.remove(bare[-1])
        digest = hashlib.sha256(_canonical(bare)).digest()
    else:
        digest = hashlib.sha256(content).digest()
    if digest != facts.digest:
        raise signing.Wrong(_("the signature is not over this content"))
    return _opened(facts, found, known)


def _opened(facts: Facts, found: Any, known: tuple[x509.Certificate, ...]) -> Opened:
    try:
        chain = tuple(x509.load_der_x509_certificate(item) for item in facts.chain)
        lists = tuple(x509.load_der_x509_crl(item) for item in facts.lists)
        for item in facts.brought:
            x509.load_der_x509_certificate(item)
    except chains.DAMAGED:
        raise signing.Malformed(_("a certificate or revocation list in the signature is damaged")) from None
    r, s = (int.from_bytes(facts.value[at : at + signing.COORDINATE], "big") for at in (0, signing.COORDINATE))
    signing.check(chain[0], utils.encode_dss_signature(r, s), _canonical(_one(found, "ds:SignedInfo")))
    stamp = timestamps.read_token(facts.token, known=known)
    over = hashlib.new(stamp.algorithm, _canonical(_one(found, "ds:SignatureValue"))).digest()
    if stamp.digest != over:
        raise signing.Wrong(_("the timestamp is not over this signature"))
    return Opened(chain, stamp, lists, facts.at)


def _parsed(content: bytes, kind: Callable[[Any], ValueError]) -> Any:
    """Return the root of a document without document type, entities or comments. :raises kind: when it is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    wrong: str | Promise = ""
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise kind(_("it cannot be read as XML")) from None
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        wrong = _("it brings a document type (DTD), through which entities could change what it says")
    elif root.getprevious() is not None or root.getnext() is not None or any(True for _one in root.iter(etree.Comment)):
        wrong = _("it holds comments or instructions, which a signature on XML does not cover")
    if wrong:
        raise kind(wrong)
    return root


def _signatures(root: Any) -> list[Any]:
    return list(root.iter(f"{{{DS}}}Signature"))


def _place(root: Any, *, detached: bool) -> Any:
    """Return the one signature, which is the whole document or the last thing in it."""
    every = _signatures(root)
    if not every:
        raise signing.Malformed(_("the document carries no signature"))
    if len(every) > 1:
        raise signing.Malformed(_("the document carries more than one signature"))
    (found,) = every
    last = found.getparent() is root and found.getnext() is None and not found.tail
    if not (found is root if detached else last):
        raise signing.Malformed(_("the signature stands where it should not"))
    return found


def _check_names(root: Any, found: Any, facts: Facts) -> None:
    """Check that nothing else goes by a name that the signature uses: others look references up by it."""
    own = set(found.iter())
    for item in root.iter(etree.Element):
        if item not in own and any(facts.identity in value for value in item.attrib.values()):
            raise signing.Malformed(_("the document uses a name that belongs to the signature"))


def _canonical(element: Any, *, comments: bool = False) -> bytes:
    made: bytes = etree.tostring(element, method="c14n", exclusive=True, with_comments=comments, with_tail=False)
    return made


def _one(element: Any, path: str) -> Any:
    (found,) = element.findall(path, _SPACES)
    return found


def _text(element: Any, path: str) -> bytes:
    return base64.b64decode(_one(element, path).text, validate=True)


def _facts(found: Any) -> Facts:
    """Return what varies in a signature. :raises ValueError: and others when it is not in our form at all."""
    identity = found.attrib["Id"].removeprefix("signature-")
    if not _IDENTITY.fullmatch(identity):
        raise ValueError(identity)
    reference = found.findall("ds:SignedInfo/ds:Reference", _SPACES)[0]
    properties = "ds:Object/xades:QualifyingProperties"
    signed = f"{properties}/xades:SignedProperties/xades:SignedSignatureProperties"
    unsigned = f"{properties}/xades:UnsignedProperties/xades:UnsignedSignatureProperties"
    value = _text(found, "ds:SignatureValue")
    if len(value) != 2 * signing.COORDINATE:
        raise ValueError(len(value))
    return Facts(
        identity=identity,
        name=_unquoted(reference.attrib["URI"]),
        digest=_text(reference, "ds:DigestValue"),
        at=datetime.strptime(_one(found, f"{signed}/xades:SigningTime").text, _STAMP_FORM).replace(tzinfo=UTC),
        chain=_listed(found, "ds:KeyInfo/ds:X509Data/ds:X509Certificate"),
        value=value,
        token=_text(found, f"{unsigned}/xades:SignatureTimeStamp/xades:EncapsulatedTimeStamp"),
        brought=_listed(found, f"{unsigned}/xades:CertificateValues/xades:EncapsulatedX509Certificate"),
        lists=_listed(found, f"{unsigned}/xades:RevocationValues/xades:CRLValues/xades:EncapsulatedCRLValue"),
    )


def _listed(found: Any, path: str) -> tuple[bytes, ...]:
    several = tuple(base64.b64decode(item.text, validate=True) for item in found.findall(path, _SPACES))
    if not several:
        raise ValueError(path)
    return several


def _unquoted(uri: str) -> str:
    name = unquote(uri, errors="strict")
    if uri and not _NAME.fullmatch(name):
        raise ValueError(uri)
    return name


def _written(facts: Facts) -> Any:
    """Return the signature that `facts` make, as far as they go."""
    signature = etree.Element(f"{{{DS}}}Signature", {"Id": f"signature-{facts.identity}"}, nsmap={"ds": DS})
    signed_info = _ds(signature, "SignedInfo")
    value = _ds(signature, "SignatureValue", text=facts.value)
    value.set("Id", f"value-{facts.identity}")
    data = _ds(_ds(signature, "KeyInfo"), "X509Data")
    for item in facts.chain:
        _ds(data, "X509Certificate", text=item)
    about = {"Target": f"#signature-{facts.identity}"}
    holder = etree.SubElement(
        _ds(signature, "Object"), f"{{{XADES}}}QualifyingProperties", about, nsmap={"xades": XADES}
    )
    properties = _signed_properties(holder, facts)
    if facts.token:
        _unsigned_properties(holder, facts)
    _ds(signed_info, "CanonicalizationMethod", Algorithm=C14N)
    _ds(signed_info, "SignatureMethod", Algorithm=ECDSA)
    content = _ds(signed_info, "Reference", Id=f"content-{facts.identity}", URI=quote(facts.name))
    if not facts.name:
        transforms = _ds(content, "Transforms")
        _ds(transforms, "Transform", Algorithm=f"{DS}enveloped-signature")
        _ds(transforms, "Transform", Algorithm=C14N)
    _digest(content, facts.digest)
    stated = _ds(signed_info, "Reference", Type=PROPERTIES, URI=f"#properties-{facts.identity}")
    _ds(_ds(stated, "Transforms"), "Transform", Algorithm=C14N)
    _digest(stated, hashlib.sha256(_canonical(properties)).digest())
    return signature


def _signed_properties(holder: Any, facts: Facts) -> Any:
    properties = _xades(holder, "SignedProperties", Id=f"properties-{facts.identity}")
    signed = _xades(properties, "SignedSignatureProperties")
    _xades(signed, "SigningTime").text = facts.at.strftime(_STAMP_FORM)
    named = _xades(_xades(signed, "SigningCertificateV2"), "Cert")
    _digest(_xades(named, "CertDigest"), hashlib.sha256(facts.chain[0]).digest())
    stated = _xades(properties, "SignedDataObjectProperties")
    described = _xades(stated, "DataObjectFormat", ObjectReference=f"#content-{facts.identity}")
    _xades(described, "MimeType").text = FILE if facts.name else XML
    return properties


def _unsigned_properties(holder: Any, facts: Facts) -> None:
    unsigned = _xades(_xades(holder, "UnsignedProperties"), "UnsignedSignatureProperties")
    stamp = _xades(unsigned, "SignatureTimeStamp", Id=f"timestamp-{facts.identity}")
    _ds(stamp, "CanonicalizationMethod", Algorithm=C14N)
    _xades(stamp, "EncapsulatedTimeStamp", text=facts.token)
    values = _xades(unsigned, "CertificateValues")
    for item in facts.brought:
        _xades(values, "EncapsulatedX509Certificate", text=item)
    lists = _xades(_xades(unsigned, "RevocationValues"), "CRLValues")
    for item in facts.lists:
        _xades(lists, "EncapsulatedCRLValue", text=item)


def _digest(above: Any, digest: bytes) -> None:
    _ds(above, "DigestMethod", Algorithm=SHA256)
    _ds(above, "DigestValue", text=digest)


def _ds(above: Any, name: str, *, text: bytes | None = None, **attributes: str) -> Any:
    return _element(above, DS, name, text, attributes)


def _xades(above: Any, name: str, *, text: bytes | None = None, **attributes: str) -> Any:
    return _element(above, XADES, name, text, attributes)


def _element(above: Any, space: str, name: str, text: bytes | None, attributes: dict[str, str]) -> Any:
    made = etree.SubElement(above, f"{{{space}}}{name}", attributes)
    if text is not None:
        made.text = base64.b64encode(text).decode()
    return made

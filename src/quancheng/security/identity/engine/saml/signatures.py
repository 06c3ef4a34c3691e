"""Signatures: enveloped in a message (XML Signature, SAML Core 5.4), or of a query (SAML Bindings 3.4.4.1)."""

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote_plus, urlencode

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation import gettext_lazy as _
from lxml import etree
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLSigner, XMLVerifier
from signxml.algorithms import CanonicalizationMethod
from signxml.exceptions import SignXMLException

from quancheng.security.identity.engine.saml.xml import DS, SAML, BadMessage, Element, make, plain, tag

ENVELOPED: Final = f"{DS}enveloped-signature"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
HASHES: Final[Mapping[str, type[hashes.HashAlgorithm]]] = {
    RSA_SHA256: hashes.SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": hashes.SHA384,
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": hashes.SHA512,
}
EXPECTED: Final = SignatureConfiguration(
    location="./",
    expect_references=1,
    signature_methods=frozenset(SignatureMethod(name) for name in HASHES),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}),
)


class BadSignature(BadMessage):
    code = "identity.bad-saml-signature"
    message = _("The signature of the other system is not good.")


class SignatureMissing(BadMessage):
    code = "identity.saml-signature-missing"
    message = _("The other system must sign what it sends, and has not.")


def sign(root: Element, *, key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> Element:
    """Return the element signed as a whole, its signature after the issuer where the schemas want it."""
    placeholder = make(DS, "Signature", Id="placeholder")
    issuer = root.find(tag(SAML, "Issuer"))
    if issuer is None:
        root.insert(0, placeholder)
    else:
        issuer.addnext(placeholder)
    signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    return signer.sign(root, key=key, cert=[certificate], reference_uri=f"#{root.get('ID')}", id_attribute="ID")


def is_signed(root: Element) -> bool:
    """Test whether a message carries a signature, good or not, wherever it stands."""
    return next(root.iter(tag(DS, "Signature")), None) is not None


def verified(root: Element, certificates: Iterable[str]) -> Element:
    """Return what of a message was signed by one of these keys (base64 of DER): the message itself, read anew.

    Signature wrapping (XSW) is refused by its shape before anything is computed: one signature in the whole document,
    a child of the root, with one reference, to the root's ID, over the two transforms of SAML Core 5.4.4. What is used
    afterwards is what the library says was signed, never what was sent.

    :raises BadSignature: :raises SignatureMissing:
    """
    found = list(root.iter(tag(DS, "Signature")))
    if not found:
        raise SignatureMissing
    references = list(root.iter(tag(DS, "Reference")))
    transforms = [node.get("Algorithm") for node in root.iter(tag(DS, "Transform"))]
    whole = (
        len(found) == len(references) == 1
        and found[0].getparent() is root
        and bool(root.get("ID"))
        and references[0].get("URI") == f"#{root.get('ID')}"
        and sorted(map(str, transforms)) == sorted([ENVELOPED, EXCLUSIVE])
        and next(root.iter(tag(DS, "Object"), tag(DS, "Manifest")), None) is None
    )
    if not whole:
        raise BadSignature
    # The parser of the library is its own; what it gets has no document type, no entities and no comments any more.
    content = plain(root)
    for certificate in certificates:
        try:
            results = XMLVerifier().verify(
                content, x509_cert=certificate_of(certificate), id_attribute="ID", expect_config=EXPECTED
            )
        except (SignXMLException, InvalidSignature, etree.LxmlError, ValueError, TypeError, AttributeError):
            continue
        signed = None if isinstance(results, list) else results.signed_xml
        if signed is not None and (signed.tag, signed.get("ID")) == (root.tag, root.get("ID")):
            return signed
    raise BadSignature


def certificate_of(text: str) -> x509.Certificate:
    """Return the certificate whose DER is written in base64. :raises ValueError:"""
    return x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))


def text_of(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def sign_query(fields: Mapping[str, str], key: rsa.RSAPrivateKey) -> str:
    """Return the query of a message sent by redirect, with its signature."""
    query = urlencode({**fields, "SigAlg": RSA_SHA256})
    signature = key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{query}&{urlencode({'Signature': base64.b64encode(signature).decode()})}"


def raw_fields(query: str) -> dict[str, str]:
    """Return the fields of a query as they were written, still encoded: that is what was signed.

    :raises BadMessage: if one stands there twice, for then nobody knows which of them was meant.
    """
    found: dict[str, str] = {}
    for pair in query.split("&"):
        name, _equals, value = pair.partition("=")
        if name in found:
            raise BadMessage(why=_("a part of it stands there twice."))
        if name:
            found[name] = value
    return found


def verify_query(query: str, name: str, certificates: Iterable[str]) -> None:
    """Check the signature of a message sent by redirect in the field `name`. :raises BadSignature:"""
    raw = raw_fields(query)
    signed = "&".join(f"{field}={raw[field]}" for field in (name, "RelayState", "SigAlg") if field in raw)
    kind = HASHES.get(unquote_plus(raw.get("SigAlg", "")))
    try:
        signature = base64.b64decode(unquote_plus(raw.get("Signature", "")), validate=True)
    except ValueError as error:
        raise BadSignature from error
    if kind is None:
        raise BadSignature
    for text in certificates:
        certificate = certificate_of(text)
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey) or certificate.not_valid_after_utc <= datetime.now(UTC):
            continue
        try:
            key.verify(signature, signed.encode(), padding.PKCS1v15(), kind())
        except InvalidSignature:
            continue
        return
    raise BadSignature

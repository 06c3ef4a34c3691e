"""How messages travel: by redirect, by a form that is posted, or in an envelope of SOAP (SAML Bindings)."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity.engine.saml import signatures
from quancheng.security.identity.engine.saml.xml import LARGEST_MESSAGE, SOAP, BadMessage, Element, make, plain

REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SOAP_BINDING: Final = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"
# SAML Bindings 3.4.3 says 80 bytes; systems in use put an address there, so more is borne and given back as it is.
LONGEST_RELAY: Final = 1024


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its way through the browser: a form to post, or an address to go to when `fields` is empty."""

    address: str
    fields: Mapping[str, str]


def inflate(text: str) -> bytes:
    """Return the message of a redirect: base64 of DEFLATE (3.4.4.1), never more than a message may have.

    :raises BadMessage:
    """
    try:
        packed = _decoded(text)
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        content = unpacker.decompress(packed, LARGEST_MESSAGE)
    except zlib.error as error:
        raise BadMessage(why=_("it cannot be unpacked.")) from error
    if unpacker.unconsumed_tail or not unpacker.eof or unpacker.unused_data:
        raise BadMessage(why=_("it cannot be unpacked, or is too large."))
    return content


def decode(text: str) -> bytes:
    """Return the message of a posted form. :raises BadMessage:"""
    return _decoded(text)


def relay(text: str) -> str:
    """Return what the other system wants to have back. :raises BadMessage: if it is too long."""
    if len(text.encode(errors="surrogatepass")) > LONGEST_RELAY or "\x00" in text:
        raise BadMessage(why=_("its RelayState is too long."))
    return text


def by_post(address: str, kind: str, root: Element, relay_state: str) -> Parcel:
    """Return a form that carries a signed message; `kind` is SAMLRequest or SAMLResponse."""
    fields = {kind: base64.b64encode(plain(root)).decode()}
    return Parcel(address, fields | ({"RelayState": relay_state} if relay_state else {}))


def by_redirect(address: str, kind: str, root: Element, relay_state: str, *, key: rsa.RSAPrivateKey) -> Parcel:
    """Return an address that carries a message, whose query is signed; the message itself is not (3.4.4.1)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = base64.b64encode(packer.compress(plain(root)) + packer.flush()).decode()
    fields = {kind: packed} | ({"RelayState": relay_state} if relay_state else {})
    query = signatures.sign_query(fields, key)
    return Parcel(f"{address}{'&' if urlsplit(address).query else '?'}{query}", {})


def envelope(root: Element) -> bytes:
    """Return a message in an envelope (SAML Bindings 3.2)."""
    return plain(make(SOAP, "Envelope", make(SOAP, "Body", root)))


def _decoded(text: str) -> bytes:
    if len(text) > LARGEST_MESSAGE * 2:
        raise BadMessage(why=_("it is too large."))
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadMessage(why=_("it cannot be unpacked.")) from error

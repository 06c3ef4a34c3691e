"""Certificates with which people sign in: what the proxy in front of the site says, and who judges it.

The proxy ends TLS, asks the browser for a certificate (RFC 8446, section 4.3.2), and passes it on in a header together
with a secret that only it and the site know. A header without the secret, or from another address, says nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity.config import config

# Headers that the proxy sets, and removes from what browsers send (deploy/nginx/intranet.conf).
SECRET, VERDICT, CERTIFICATE = "X-Proxy-Secret", "X-Client-Verify", "X-Client-Certificate"
LONGEST = 16_000


class NotFromTheProxy(Refusal):
    code = "identity.not-from-the-proxy"
    message = _("This page is reached through the address for certificates only.")
    status = 400


class NoCertificate(Refusal):
    code = "identity.no-certificate"
    message = _("Your browser has shown no certificate, or none of this city. Insert your key and try again.")
    status = 400


class BadCertificate(Refusal):
    code = "identity.bad-certificate"
    message = _("This certificate cannot be used to sign in: %(why)s")
    status = 400


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate that was shown and found good: its SHA-256 fingerprint, serial number, and the name in it."""

    fingerprint: str
    serial: str
    name: str


# Returns serial number and name for a PEM that is good at the moment; raises a refusal that says why it is not.
Judge = Callable[[bytes, datetime], tuple[str, str]]
_judges: list[Judge] = []


def judge_with(judge: Judge) -> None:
    """Ask `judge` about certificates from now on."""
    _judges[:] = [judge]


def is_served() -> bool:
    """Test whether people can sign in with certificates here: somebody judges them, and a proxy has a secret."""
    return bool(_judges) and len(config.proxy_secret) >= 32


def claims_a_certificate(request: HttpRequest) -> bool:
    """Test whether the request carries one of the proxy's headers, whoever set it."""
    return any(name in request.headers for name in (SECRET, VERDICT, CERTIFICATE))


def shown_by(request: HttpRequest, *, at: datetime) -> Shown:
    """Return the certificate that the proxy has seen. :raises NotFromTheProxy: :raises NoCertificate:
    :raises BadCertificate:"""
    addresses = {item.strip() for item in config.proxy_addresses.split(",")}
    secret = request.headers.get(SECRET, "")
    if (
        not is_served()
        or request.META.get("REMOTE_ADDR", "") not in addresses
        or not constant_time_compare(secret, config.proxy_secret)
    ):
        raise NotFromTheProxy
    text = request.headers.get(CERTIFICATE, "")
    if request.headers.get(VERDICT) != "SUCCESS" or not text:
        raise NoCertificate
    if len(text) > LONGEST:
        raise BadCertificate(why="")
    return judged(unquote(text).encode(), at=at)


def judged(pem: bytes, *, at: datetime) -> Shown:
    """Return what a certificate (PEM) says, when it is good at `at`. :raises BadCertificate:"""
    if not _judges:
        raise BadCertificate(why="")
    try:
        found = x509.load_pem_x509_certificate(pem)
        fingerprint = sha256(found.public_bytes(Encoding.DER)).hexdigest()
        serial, name = _judges[0](pem, at)
    except (ValueError, TypeError, Refusal) as error:
        raise BadCertificate(why=str(error)) from error
    return Shown(fingerprint, serial, name)

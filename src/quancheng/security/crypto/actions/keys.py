"""The keys with which organisations open messages: made at first use, kept under the site's secret."""

import base64
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quancheng.security.crypto.engine import enveloping
from quancheng.security.crypto.models import EncryptionKey
from quancheng.security.identity import public as identity
from quancheng.security.pki import public as pki

EARLY = timedelta(days=30)


def certificate_for(code: str, *, at: datetime) -> x509.Certificate:
    """Return the certificate to which messages for the organisation are encrypted; one is made if none lasts.

    :raises identity.UnknownOrganisation: if there is no such organisation.
    """
    name = identity.organisation(code).name
    found = EncryptionKey.objects.filter(code=code, not_after__gt=at + EARLY).order_by("-not_after", "-id").first()
    return x509.load_pem_x509_certificate((found or _make(code, name, at)).certificate.encode())


def _make(code: str, name: str, at: datetime) -> EncryptionKey:
    key = ec.generate_private_key(ec.SECP256R1())
    with transaction.atomic():
        made = pki.certify_recipient(key.public_key(), code=code, name=name, at=at)
        plain = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return EncryptionKey.objects.create(
            code=code,
            serial=f"{made.serial_number:X}",
            certificate=made.public_bytes(serialization.Encoding.PEM).decode(),
            sealed=_cipher().encrypt(plain).decode(),
            not_after=made.not_valid_after_utc,
            made_at=at,
        )


def open_for(code: str, message: bytes) -> bytes:
    """Return what a message holds for the organisation. :raises enveloping.Unopenable: if none of its keys opens it."""
    named = {f"{item.serial:X}" for item in enveloping.recipients(message)}
    found = EncryptionKey.objects.filter(code=code, serial__in=named).order_by("id").first()
    if found is None:
        raise enveloping.Unopenable(_("it is for another key"))
    key = serialization.load_der_private_key(_cipher().decrypt(found.sealed.encode()), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise enveloping.Unopenable(_("it is for another key"))
    return enveloping.open_message(message, key=key, serial=int(found.serial, 16))


def _cipher() -> Fernet:
    # A key of its own purpose from the site's secret (RFC 5869), so that a stolen database alone opens nothing.
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"quancheng crypto keys").derive(
        settings.SECRET_KEY.encode()
    )
    return Fernet(base64.urlsafe_b64encode(key))

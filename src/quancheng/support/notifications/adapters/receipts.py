"""The signature on what a gateway calls back, as the Standard Webhooks specification (1.0) has it."""

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from hashlib import sha256
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal

TOLERANCE = 300
"""Seconds that the clocks of gateway and site may be apart; what is older may be a recording."""
PREFIX = "whsec_"


class BadSignature(Refusal):
    """The receipts are not signed by the gateway, or were signed long ago."""

    code: ClassVar[str] = "notifications.bad-signature"
    message = _("The receipts carry no valid signature of the gateway.")
    status: ClassVar[int] = 401


def verify(body: bytes, headers: Mapping[str, str], *, secret: str, now: float) -> None:
    """Test the signature over "id.timestamp.body" by HMAC-SHA256; `now` in seconds since 1970.

    `headers` holds webhook-id, webhook-timestamp and webhook-signature, which may carry several, for a change of
    secrets. A secret that begins with "whsec_" is base64. :raises BadSignature: otherwise.
    """
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (secret and name and stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise BadSignature
    if abs(now - int(stamp)) > TOLERANCE:
        raise BadSignature
    wanted = b"v1," + signature(body, name=name, stamp=stamp, secret=secret)
    given = headers.get("webhook-signature", "").encode("utf-8", "replace").split()
    if not any(hmac.compare_digest(wanted, item) for item in given):
        raise BadSignature


def signature(body: bytes, *, name: str, stamp: str, secret: str) -> bytes:
    """Return the signature, in base64, that a gateway with this secret puts on a body."""
    key = secret.encode()
    if secret.startswith(PREFIX):
        try:
            key = b64decode(secret.removeprefix(PREFIX), validate=True)
        except Error as error:
            raise BadSignature from error
    signed = name.encode("utf-8", "replace") + b"." + stamp.encode() + b"." + body
    return b64encode(hmac.new(key, signed, sha256).digest())

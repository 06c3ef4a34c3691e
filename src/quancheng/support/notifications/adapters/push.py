"""Notices in browsers: the push services' protocol (RFC 8030), with this site's key (RFC 8292)."""

import json
import os
import time
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from quancheng.support.notifications import rules
from quancheng.support.notifications.adapters import http
from quancheng.support.notifications.adapters.encryption import LONGEST, encoded, encrypt, point
from quancheng.support.notifications.adapters.protocol import Never, Outgoing
from quancheng.support.notifications.config import config
from quancheng.support.notifications.models import PushSubscription

KEPT_SECONDS = 24 * 3600
"""How long the push service keeps a notice for a browser that is not running."""
TOKEN_SECONDS = 12 * 3600
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


class PushGateway:
    """Hands notices to the push services that the browsers named. `to` is the number of a PushSubscription.

    The delivery's id is the topic (RFC 8030 5.4): handed over twice, the second takes the place of the first.
    """

    def send(self, message: Outgoing) -> str:
        subscription = PushSubscription.objects.filter(pk=int(message.to)).first()
        if subscription is None or not is_push_service(subscription.endpoint):
            raise Never
        try:
            body = encrypt(payload(message), p256dh=subscription.p256dh, auth=subscription.auth)
        except ValueError as error:
            raise Never(str(error)) from error
        answer = http.post(
            subscription.endpoint,
            content=body,
            headers={
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(KEPT_SECONDS),
                "Urgency": "high" if message.urgent else "normal",
                "Topic": message.id.replace("-", ""),
                "Authorization": authorization(subscription.endpoint, now=int(time.time())),
            },
        )
        if answer.status_code in GONE:
            # The browser has withdrawn; nothing must be sent there any more (RFC 8030 7.3).
            subscription.delete()
            raise Never(f"HTTP {answer.status_code}")
        http.judge(answer)
        return rules.SENT


def payload(message: Outgoing) -> bytes:
    """Return what the browser shows, as JSON; the text is cut to what a record holds."""
    text = message.text
    while True:
        facts = {"id": message.id, "title": message.subject, "text": text, "url": message.url}
        content = json.dumps(facts, ensure_ascii=False).encode()
        if len(content) <= LONGEST:
            return content
        text = text[: len(text) * 3 // 4]


def is_push_service(endpoint: str) -> bool:
    """Test whether an address that a browser named is one of the push services of the settings.

    Others are not called: whoever signs in could make this site send requests anywhere. A host that begins with a dot
    stands for all below it; one with a scheme ("http://127.0.0.1:9000") for exactly that origin.
    """
    try:
        parts = urlsplit(endpoint)
        origin, host = f"{parts.scheme}://{parts.netloc}", parts.hostname or ""
        if parts.username or (parts.port or 443) != 443:
            return origin in config.push_hosts
    except ValueError:
        return False
    if parts.scheme != "https":
        return origin in config.push_hosts
    return any(host == name or (name.startswith(".") and host.endswith(name)) for name in config.push_hosts)


def authorization(endpoint: str, *, now: int) -> str:
    """Return the header by which the push service knows this site (RFC 8292 3); `now` in seconds since 1970."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now + TOKEN_SECONDS, "sub": config.push_contact}
    token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(_pem(config.key_file)))
    return f"vapid t={token}, k={public_key()}"


def public_key() -> str:
    """Return this site's public key as browsers ask for it: base64url of the uncompressed point."""
    key = serialization.load_pem_private_key(_pem(config.key_file), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the key of browser notices must be on the curve P-256")
    return encoded(point(key.public_key()))


@cache
def _pem(file: Path) -> bytes:
    """Return the site's key, made on first use. Browsers are bound to it: with another key all must agree again."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        draft = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as new:
            new.write(key.private_bytes(*form))
        # Linked into place, so that of several processes starting at once all read the same key.
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_bytes()

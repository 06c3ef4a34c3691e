"""Telling departments' systems that somebody has signed out (OpenID Connect Back-Channel Logout 1.0; SAML 2.0)."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from allauth.idp.oidc.models import Client, Token
from django.db.models import QuerySet
from joserfc import jwt
from joserfc.jwk import RSAKey

from quancheng.security.identity.models import LogoutNotice, Session, SystemSignIn

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LASTS: Final = timedelta(minutes=2)
PATIENCE: Final = 5.0
# How long a browser has to pass by the systems that hear of it only so.
BROWSER_HAS: Final = timedelta(minutes=10)
MOST_ANSWER: Final = 64 * 1024


def address_of(client: Client) -> str:
    """Return where the system wants to hear of it, empty when it does not, or only through the person's browser."""
    return str((client.data or {}).get("logout_uri", "")) or _saml_address(client, "soap")


def through_browser(client: Client) -> bool:
    """Test whether the system hears of it only through the person's browser (SAML Bindings 3.4, 3.5)."""
    return not address_of(client) and bool(_saml_address(client, "post") or _saml_address(client, "redirect"))


def is_saml(client: Client) -> bool:
    """Test whether the system speaks SAML; otherwise it speaks OpenID Connect."""
    return "saml" in (client.data or {})


def _saml_address(client: Client, binding: str) -> str:
    ends = (client.data or {}).get("saml", {}).get("logouts", ())
    return next((str(item["location"]) for item in ends if item["binding"] == binding), "")


def end(found: "QuerySet[Session]", *, at: datetime, by: str = "") -> int:
    """End sessions and note who has to hear of it, in the caller's transaction; return how many ended.

    The systems' tokens for the person end as well: what is left of the sign-in there must not outlive it here. The
    system `by` has asked for it and knows.
    """
    ended = list(found.filter(ended_at=None).values_list("pk", flat=True))
    Session.objects.filter(pk__in=ended).update(ended_at=at)
    signed_in = SystemSignIn.objects.filter(session_id__in=ended)
    told: set[tuple[uuid.UUID, str, str, str]] = set()
    for item in signed_in:
        Token.objects.filter(user_id=item.account_id, client_id=item.client).delete()
        client = Client.objects.filter(pk=item.client).first()
        # An OpenID token names the person, a SAML request one session.
        key = (item.account_id, item.client, item.issuer, str(item.told.get("index", "")))
        browser = client is not None and through_browser(client)
        if client and item.client != by and key not in told and (browser or address_of(client)):
            told.add(key)
            LogoutNotice.objects.create(
                account_id=item.account_id, client=item.client, issuer=item.issuer, told=item.told, made_at=at,
                due_at=at + BROWSER_HAS if browser else at, by_browser=browser,
            )  # fmt: skip
    signed_in.delete()
    return len(ended)


def for_browser(*, at: datetime, accounts: Iterable[uuid.UUID]) -> list[str]:
    """Return the notices made at `at` for these people that only their browser can carry."""
    found = LogoutNotice.objects.filter(made_at=at, account_id__in=list(accounts), by_browser=True)
    return [str(key) for key in found.values_list("pk", flat=True)]


def note_sign_in(
    *,
    account_id: uuid.UUID,
    session_id: uuid.UUID | None,
    client_id: str,
    issuer: str,
    at: datetime,
    told: Mapping[str, str] | None = None,
) -> None:
    """Note that somebody signed in to a system from a session here; `told`: by what name SAML told it of them."""
    if session_id is None:
        return
    SystemSignIn.objects.update_or_create(
        session_id=session_id, client=client_id,
        defaults={"account_id": account_id, "issuer": issuer, "at": at, "told": dict(told or {})},
    )  # fmt: skip


def token(notice: LogoutNotice, *, pem: str, at: datetime) -> str:
    """Return the signed logout token of a notice (section 2.4). It names the person: all their sessions there end."""
    key = RSAKey.import_key(pem)
    claims: dict[str, Any] = {
        "iss": notice.issuer,
        "aud": notice.client,
        "sub": str(notice.account_id),
        "iat": int(at.timestamp()),
        "exp": int((at + LASTS).timestamp()),
        # The same at every try, so that a system that has heard it knows.
        "jti": str(notice.pk),
        "events": {EVENT: {}},
    }
    header = {"alg": "RS256", "typ": "logout+jwt", "kid": key.thumbprint()}
    return jwt.encode(header, claims, key)


def deliver(address: str, text: str) -> tuple[bool, bool, str]:
    """Post a logout token; return whether it was heard, whether another try makes sense, and the answer in short."""
    try:
        # Neither proxies of the environment nor redirects. The status says it all: however much follows, or however
        # slowly, it is not read.
        with (
            httpx.Client(timeout=PATIENCE, trust_env=False, follow_redirects=False) as client,
            client.stream("POST", address, data={"logout_token": text}) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return False, True, type(error).__name__
    heard = status in {httpx.codes.OK, httpx.codes.NO_CONTENT}
    # 400 means that the system understood and cannot (section 2.8); anything else may pass.
    return heard, status != httpx.codes.BAD_REQUEST, str(status)


def deliver_envelope(address: str, content: bytes) -> tuple[bytes, bool, str]:
    """Post an envelope of SOAP; return what came back, whether another try makes sense, and the answer in short."""
    headers = {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": '"http://www.oasis-open.org/committees/security"',
    }
    answered = b""
    try:
        with (
            httpx.Client(timeout=PATIENCE, trust_env=False, follow_redirects=False) as client,
            client.stream("POST", address, content=content, headers=headers) as answer,
        ):
            status = answer.status_code
            for part in answer.iter_bytes(8192):
                answered += part
                if len(answered) > MOST_ANSWER:
                    return b"", False, "too long"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return b"", True, type(error).__name__
    return answered if status == httpx.codes.OK else b"", status != httpx.codes.BAD_REQUEST, str(status)

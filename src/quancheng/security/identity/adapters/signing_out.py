"""Telling departments' systems that somebody has signed out (OpenID Connect Back-Channel Logout 1.0)."""

import uuid
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


def address_of(client: Client) -> str:
    """Return where the system wants to hear of it, empty when it does not."""
    return str((client.data or {}).get("logout_uri", ""))


def end(found: "QuerySet[Session]", *, at: datetime) -> int:
    """End sessions and note who has to hear of it, in the caller's transaction; return how many ended.

    The systems' tokens for the person end as well: what is left of the sign-in there must not outlive it here.
    """
    ended = list(found.filter(ended_at=None).values_list("pk", flat=True))
    Session.objects.filter(pk__in=ended).update(ended_at=at)
    signed_in = SystemSignIn.objects.filter(session_id__in=ended)
    for account_id, client_id, issuer in set(signed_in.values_list("account_id", "client", "issuer")):
        Token.objects.filter(user_id=account_id, client_id=client_id).delete()
        client = Client.objects.filter(pk=client_id).first()
        if client and address_of(client):
            LogoutNotice.objects.create(account_id=account_id, client=client_id, issuer=issuer, made_at=at, due_at=at)
    signed_in.delete()
    return len(ended)


def note_sign_in(
    *, account_id: uuid.UUID, session_id: uuid.UUID | None, client_id: str, issuer: str, at: datetime
) -> None:
    """Note that somebody signed in to a system from a session here."""
    if session_id is None:
        return
    SystemSignIn.objects.update_or_create(
        session_id=session_id, client=client_id, defaults={"account_id": account_id, "issuer": issuer, "at": at}
    )


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

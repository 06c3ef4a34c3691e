"""What departments' systems learn at sign-in; allauth asks here (IDP_OIDC_ADAPTER)."""

import json
from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client, PrivateKey
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity import adapters, queries, rules
from quancheng.security.identity.models import Account


def told_of(user: Account, scopes: Iterable[str]) -> dict[str, Any]:
    """Return what systems learn of somebody beside name and address, whatever protocol they speak."""
    # How well the person is known: 1 declared, 2 checked against a register, 3 checked face to face.
    claims: dict[str, Any] = {"acr": str(user.assurance)}
    seats = queries.seats(user.pk) if {"profile", "posts"} & set(scopes) else ()
    if "profile" in scopes:
        claims["account_kind"] = user.kind
    if "profile" in scopes and seats:
        claims |= {"organisation": seats[0].organisation, "organisation_name": seats[0].organisation_name}
    if "posts" in scopes:
        claims["posts"] = [
            {
                "title": seat.post,
                "organisation": seat.organisation,
                "organisation_name": seat.organisation_name,
                **({"acting_for": seat.on_behalf_of_name} if seat.on_behalf_of else {}),
            }
            for seat in seats
        ]
    return claims


def attributes_of(user: Account, scopes: Iterable[str]) -> dict[str, list[str]]:
    """Return the same as attributes of SAML, each a list of texts; a post is a JSON object, as OpenID tells it."""
    known = set(scopes)
    told = told_of(user, known)
    posts = told.pop("posts", [])
    found = {key: [str(value)] for key, value in told.items()}
    if "profile" in known:
        found |= {"name": [user.name], "preferred_username": [user.username]}
    if "email" in known and user.email:
        found["email"] = [user.email]
    if "posts" in known:
        found["posts"] = [json.dumps(post, ensure_ascii=False) for post in posts]
        found["post_titles"] = [post["title"] for post in posts]
    return {key: values for key, values in found.items() if values}


class OidcAdapter(DefaultOIDCAdapter):
    """Name, organisation and posts, as far as they were asked for and agreed to; never the identity number."""

    scope_display: ClassVar[dict[str, Any]] = {
        "openid": _("An identifier, the same at every sign-in"),
        "profile": _("Your name, user name and organisation"),
        "email": _("Your e-mail address"),
        "posts": _("The posts in which you may act today"),
    }

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],
        user: Account,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        claims = super().get_claims(purpose, user, client, scopes, email, **kwargs)
        return claims | told_of(user, scopes)

    def list_private_keys(
        self, *, did_activate: Literal[True] | None = None, is_active: Literal[True] | None = None
    ) -> list[PrivateKey]:
        return [PrivateKey(pem=adapters.signing_key())]

    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        data.pop("device_authorization_endpoint", None)
        data |= {
            "scopes_supported": [*rules.SCOPES, *queries.offered_scopes()],
            "grant_types_supported": list(rules.GRANT_TYPES),
            "response_types_supported": ["code"],
            # OpenID Connect Back-Channel Logout 1.0, section 2.1; a token names the person, not one session.
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": False,
            "claims_supported": [
                "sub", "acr", "name", "preferred_username", "email", "account_kind", "organisation",
                "organisation_name", "posts",
            ],
        }  # fmt: skip

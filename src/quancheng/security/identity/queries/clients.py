"""Questions about the departments' systems that sign people in through this site."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.idp.oidc.models import Client, Token
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import rules
from quancheng.security.identity.engine.saml.metadata import System
from quancheng.security.identity.models import LogoutNotice, SystemSignIn
from quancheng.security.identity.queries.places import names_of
from quancheng.security.pmi import public as pmi

# Privileges that a system may ask for as scopes, with what they mean; the apps that serve systems offer them.
_offered: dict[str, str | Promise] = {}


class UnknownClient(Refusal):
    code = "identity.unknown-client"
    message = _("There is no such system.")
    status = 404


@dataclass(frozen=True, slots=True)
class ClientView:
    """A registered system. `organisation` is a path; the secret is stored as a hash and never shown again."""

    id: str
    name: str
    organisation: str
    organisation_name: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    grant_types: tuple[str, ...]
    audience: tuple[str, ...]
    skip_consent: bool
    created_at: datetime
    logout_uri: str = ""
    saml: System | None = None

    @property
    def signs_people_in(self) -> bool:
        """Whether people sign in through it; otherwise it only speaks for itself."""
        return self.saml is not None or "authorization_code" in self.grant_types

    @property
    def protocol(self) -> str:
        return "SAML 2.0" if self.saml else "OpenID Connect"

    @property
    def system(self) -> System:
        """What it says of itself in its metadata. :raises UnknownClient: if it does not speak SAML."""
        if self.saml is None:
            raise UnknownClient
        return self.saml


def clients() -> tuple[ClientView, ...]:
    """Return the registered systems, by organisation and name."""
    found = list(Client.objects.order_by("name"))
    names = names_of({_place(item) for item in found})
    return tuple(sorted((_view(item, names) for item in found), key=lambda view: (view.organisation, view.name)))


def client(client_id: str) -> ClientView:
    """Return one system. :raises UnknownClient: if there is none."""
    found = Client.objects.filter(pk=client_id).first()
    if found is None:
        raise UnknownClient
    return _view(found, names_of({_place(found)}))


def openid_client(client_id: str) -> ClientView:
    """Return a system that speaks OpenID Connect. :raises UnknownClient:"""
    found = client(client_id)
    if found.saml:
        raise UnknownClient
    return found


def saml_client(client_id: str) -> ClientView:
    """Return a system that speaks SAML. :raises UnknownClient:"""
    found = client(client_id)
    if not found.saml:
        raise UnknownClient
    return found


def unheard(notices: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the systems that have not said that they heard of the signing out."""
    rows = LogoutNotice.objects.filter(pk__in=list(notices), done_at=None)
    found = Client.objects.filter(pk__in=rows.values_list("client", flat=True))
    return tuple(found.order_by("name").values_list("name", flat=True))


def systems_of(sessions: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[str, ...]]:
    """Return for each of these sessions the names of the systems that were signed in to from it."""
    rows = list(SystemSignIn.objects.filter(session_id__in=list(sessions)).values_list("session_id", "client"))
    names = dict(Client.objects.filter(pk__in={client for _session, client in rows}).values_list("pk", "name"))
    found: dict[uuid.UUID, set[str]] = {}
    for session, client_id in rows:
        if client_id in names:
            found.setdefault(session, set()).add(names[client_id])
    return {session: tuple(sorted(titles)) for session, titles in found.items()}


def offer_scope(privilege: str, title: str | Promise) -> None:
    """Let systems be registered for `privilege`: a token with that scope is a grant of it at their organisation."""
    _offered[privilege] = title


def offered_scopes() -> dict[str, str | Promise]:
    """Return what systems may be registered for beside what they learn of people, with titles."""
    return dict(_offered)


def system_of(token: str) -> pmi.Actor | None:
    """Return the system that speaks for itself with this access token (RFC 6749 section 4.4, RFC 6750), else None.

    Its grants are the token's scopes that it is still registered for, at its organisation.
    """
    found = Token.objects.lookup(Token.Type.ACCESS_TOKEN, token) if rules.is_token(token) else None
    if found is None or found.client is None or found.user_id is not None:
        return None
    place = _place(found.client)
    scopes = set(found.get_scopes()) & set(found.client.get_scopes()) & _offered.keys()
    return pmi.Actor(
        id=f"client:{found.client.pk}",
        name=found.client.name,
        kind="system",
        organisation=place,
        grants=tuple(pmi.Grant(scope, place) for scope in sorted(scopes)),
    )


def _place(item: Client) -> str:
    return (item.data or {}).get("organisation", "")


def _view(item: Client, names: dict[str, str]) -> ClientView:
    return ClientView(
        id=item.pk,
        name=item.name,
        organisation=_place(item),
        organisation_name=names.get(_place(item), ""),
        redirect_uris=tuple(item.get_redirect_uris()),
        scopes=tuple(item.get_scopes()),
        grant_types=tuple(item.get_grant_types()),
        audience=tuple((item.data or {}).get("audience", ())),
        skip_consent=item.skip_consent,
        created_at=item.created_at,
        logout_uri=(item.data or {}).get("logout_uri", ""),
        saml=System.restored(item.data["saml"]) if "saml" in (item.data or {}) else None,
    )

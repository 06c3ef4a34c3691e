"""Writes about the departments' systems that sign people in through this site."""

import secrets
from collections.abc import Iterable

from allauth.idp.oidc.models import Client, Token
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries, rules
from quancheng.security.pmi import public as pmi


class BadCallback(Refusal):
    code = "identity.bad-callback"
    message = _("%(address)s cannot be used: an address must be https, without wildcard and fragment.")


class CallbackMissing(Refusal):
    code = "identity.callback-missing"
    message = _("A system that signs people in needs at least one return address.")


class NothingAllowed(Refusal):
    code = "identity.nothing-allowed"
    message = _("Choose what the system may do: sign people in, speak for itself, or both.")


def of_place(*, organisation: str, **_rest: object) -> pmi.Target:
    return pmi.Target(organisation=queries.organisation(organisation).path, subjects=(f"organisation:{organisation}",))


def of_client(*, client_id: str, **_rest: object) -> pmi.Target:
    return pmi.Target(organisation=queries.client(client_id).organisation, subjects=(f"client:{client_id}",))


@pmi.action("identity.client.register", scope=of_place, step_up=True)
def register_client(
    *,
    actor: pmi.Actor,
    organisation: str,
    name: str,
    redirect_uris: Iterable[str] = (),
    scopes: Iterable[str] = ("openid", "profile"),
    audience: Iterable[str] = ("staff",),
    signs_people_in: bool = True,
    speaks_for_itself: bool = False,
    skip_consent: bool = False,
    logout_uri: str = "",
) -> tuple[str, str]:
    """Register a system of the organisation with that code; return its id and its secret, which is not kept.

    :raises BadCallback: :raises CallbackMissing: :raises NothingAllowed:
    """
    client = Client(data={}, response_types="code", type=Client.Type.CONFIDENTIAL)
    client.data["organisation"] = queries.organisation(organisation).path
    _fill(
        client, name=name, redirect_uris=redirect_uris, scopes=scopes, audience=audience,
        signs_people_in=signs_people_in, speaks_for_itself=speaks_for_itself, skip_consent=skip_consent,
        logout_uri=logout_uri,
    )  # fmt: skip
    secret = secrets.token_urlsafe(32)
    client.set_secret(secret)
    client.save(force_insert=True)
    return client.pk, secret


@pmi.action("identity.client.change", scope=of_client, step_up=True)
def change_client(
    *,
    actor: pmi.Actor,
    client_id: str,
    name: str,
    redirect_uris: Iterable[str],
    scopes: Iterable[str],
    audience: Iterable[str],
    signs_people_in: bool,
    speaks_for_itself: bool,
    skip_consent: bool,
    logout_uri: str = "",
) -> None:
    """Change a system that speaks OpenID. :raises BadCallback: :raises CallbackMissing: :raises NothingAllowed:"""
    queries.openid_client(client_id)
    client = Client.objects.select_for_update().get(pk=client_id)
    _fill(
        client, name=name, redirect_uris=redirect_uris, scopes=scopes, audience=audience,
        signs_people_in=signs_people_in, speaks_for_itself=speaks_for_itself, skip_consent=skip_consent,
        logout_uri=logout_uri,
    )  # fmt: skip
    client.save()


@pmi.action("identity.client.renew-secret", scope=of_client, step_up=True)
def renew_client_secret(*, actor: pmi.Actor, client_id: str) -> str:
    """Give a system a new secret and return it; the old one and all tokens are worthless from now on."""
    queries.openid_client(client_id)
    client = Client.objects.select_for_update().get(pk=client_id)
    secret = secrets.token_urlsafe(32)
    client.set_secret(secret)
    client.save(update_fields=["secret"])
    Token.objects.filter(client=client).delete()
    return secret


@pmi.action("identity.client.remove", scope=of_client, step_up=True)
def remove_client(*, actor: pmi.Actor, client_id: str) -> None:
    """Remove a system with all its tokens; nobody signs in through it any more."""
    Client.objects.filter(pk=client_id).delete()


def _fill(
    client: Client,
    *,
    name: str,
    redirect_uris: Iterable[str],
    scopes: Iterable[str],
    audience: Iterable[str],
    signs_people_in: bool,
    speaks_for_itself: bool,
    skip_consent: bool,
    logout_uri: str,
) -> None:
    addresses = [address for address in redirect_uris if address]
    for address in [*addresses, *([logout_uri] if logout_uri else [])]:
        if not rules.is_callback(address):
            raise BadCallback(address=address)
    if signs_people_in and not addresses:
        raise CallbackMissing
    if not (signs_people_in or speaks_for_itself):
        raise NothingAllowed
    grants = (["authorization_code", "refresh_token"] if signs_people_in else []) + (
        ["client_credentials"] if speaks_for_itself else []
    )
    client.name, client.skip_consent = name, skip_consent
    client.set_redirect_uris(addresses)
    known = (*rules.SCOPES[1:], *queries.offered_scopes())
    client.set_scopes(["openid", *(scope for scope in known if scope in set(scopes))])
    client.grant_types = "\n".join(grants)
    client.data = {**(client.data or {}), "audience": sorted(set(audience)), "logout_uri": logout_uri}

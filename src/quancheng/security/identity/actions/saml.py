"""Writes about departments' systems that sign people in by SAML 2.0: registering, signing in there, signing out."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from allauth.idp.oidc.models import Client
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries, rules
from quancheng.security.identity.actions import sessions
from quancheng.security.identity.actions.clients import of_client, of_place
from quancheng.security.identity.adapters import saml_keys, signing_out
from quancheng.security.identity.engine.saml import answers, metadata
from quancheng.security.identity.models import Account, AnsweredRequest, LogoutNotice, SystemSignIn
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

# After this a request is refused for its age alone, so that nobody need remember it.
REMEMBERED: Final = timedelta(days=1)


class SystemExists(Refusal):
    code = "identity.system-exists"
    message = _("The system %(entity)s is registered already. Change it instead.")


class AnotherSystem(Refusal):
    code = "identity.another-system"
    message = _("This metadata is of another system (%(entity)s).")


class AnsweredAlready(Refusal):
    code = "identity.answered-already"
    message = _("This sign-in has been used already. Go back to the system and sign in again.")


@pmi.action("identity.client.register", scope=of_place, step_up=True)
def register_saml_client(
    *,
    actor: pmi.Actor,
    organisation: str,
    name: str,
    metadata_xml: bytes,
    scopes: Iterable[str],
    audience: Iterable[str],
    skip_consent: bool = False,
    at: datetime,
) -> str:
    """Register a system of the organisation by its metadata; return its id.

    :raises metadata.BadMetadata: :raises SystemExists:
    """
    system = metadata.read(metadata_xml, at=at)
    # Nobody knows the secret of the row, and it names no flow: by OpenID the system can do nothing.
    client = Client(
        id=rules.saml_client(system.entity), data={"organisation": queries.organisation(organisation).path},
        grant_types="", response_types="none", redirect_uris="",
    )  # fmt: skip
    if Client.objects.filter(pk=client.pk).exists():
        raise SystemExists(entity=system.entity)
    _fill(client, system, name=name, scopes=scopes, audience=audience, skip_consent=skip_consent)
    client.save(force_insert=True)
    return str(client.pk)


@pmi.action("identity.client.change", scope=of_client, step_up=True)
def change_saml_client(
    *,
    actor: pmi.Actor,
    client_id: str,
    name: str,
    metadata_xml: bytes,
    scopes: Iterable[str],
    audience: Iterable[str],
    skip_consent: bool,
    at: datetime,
) -> None:
    """Change a system; without new metadata it keeps what it has.

    :raises metadata.BadMetadata: :raises AnotherSystem:
    """
    system = queries.saml_client(client_id).system
    if metadata_xml:
        read = metadata.read(metadata_xml, at=at)
        if read.entity != system.entity:
            raise AnotherSystem(entity=read.entity)
        system = read
    client = Client.objects.select_for_update().get(pk=client_id)
    _fill(client, system, name=name, scopes=scopes, audience=audience, skip_consent=skip_consent)
    client.save()


def _fill(
    client: Client,
    system: metadata.System,
    *,
    name: str,
    scopes: Iterable[str],
    audience: Iterable[str],
    skip_consent: bool,
) -> None:
    client.name, client.skip_consent = name, skip_consent
    client.set_scopes(["openid", *(scope for scope in rules.SCOPES[1:] if scope in set(scopes))])
    client.data = {**(client.data or {}), "audience": sorted(set(audience)), "saml": system.stored()}


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in to a system that is being answered. `issuer` is this site as the system knows it."""

    client: queries.ClientView
    request: str
    issuer: str
    session: uuid.UUID | None


@transaction.atomic
def enter(account: Account, sign_in: SignIn, *, told: Mapping[str, str], to: str, at: datetime) -> None:
    """Enter that somebody signs in to a system, answering its request this once. :raises AnsweredAlready:"""
    answer_once(sign_in.client.id, sign_in.request, at=at)
    signing_out.note_sign_in(
        account_id=account.pk, session_id=sign_in.session, client_id=sign_in.client.id, issuer=sign_in.issuer,
        at=at, told=told,
    )  # fmt: skip
    trail.record(
        action="identity.client.sign-in",
        actor_id=account.actor_id,
        actor_name=account.name,
        subjects=(account.actor_id, f"client:{sign_in.client.id}"),
        organisation=sign_in.client.organisation,
        detail={"client": sign_in.client.name, "to": rules.origin(to), "protocol": "saml"},
    )


def answer_once(client_id: str, request: str, *, at: datetime) -> None:
    """Note that a system's request is being answered. :raises AnsweredAlready: if it has been before."""
    digest = sha256(f"{client_id} {request}".encode()).hexdigest()
    _row, is_new = AnsweredRequest.objects.get_or_create(digest=digest, defaults={"at": at})
    if not is_new:
        raise AnsweredAlready


def forget_answered(*, at: datetime) -> int:
    """Forget the requests that are too old to be sent again; return how many."""
    return AnsweredRequest.objects.filter(at__lt=at - REMEMBERED).delete()[0]


@transaction.atomic
def sign_out(
    client: queries.ClientView, *, request: str, name: str, indexes: Iterable[str], at: datetime
) -> tuple[set[uuid.UUID], list[str]]:
    """End the sessions here that a system asks to end (SAML Profiles 4.4.4.1).

    :returns: the sessions, and the notices that only the person's browser can carry to other systems.
    :raises AnsweredAlready:
    """
    answer_once(client.id, request, at=at)
    found = (
        SystemSignIn.objects.filter(client=client.id, told__name=name).exclude(session=None).select_related("account")
    )
    wanted = set(indexes)
    rows = [row for row in found if not wanted or row.told.get("index") in wanted]
    ended: set[uuid.UUID] = set()
    for row in rows:
        if row.session_id and sessions.close(row.account_id, at=at, session_id=row.session_id, by=client.id):
            ended.add(row.session_id)
            trail.record(
                action="identity.session.close",
                actor_id=row.account.actor_id,
                actor_name=row.account.name,
                subjects=(row.account.actor_id, f"client:{client.id}"),
                detail={"client": client.name},
            )
    return ended, signing_out.for_browser(at=at, accounts={row.account_id for row in rows})


@transaction.atomic
def next_notice(keys: Iterable[str], *, way: str) -> LogoutNotice | None:
    """Return the next of these notices for the browser to carry, noting that it has set out; `way` leads it back."""
    found = LogoutNotice.objects.select_for_update().filter(pk__in=list(keys), done_at=None, given_up_at=None, tries=0)
    notice = found.order_by("made_at", "client").first()
    if notice:
        notice.tries, notice.told = 1, {**notice.told, "way": way}
        notice.save(update_fields=["tries", "told"])
    return notice


@transaction.atomic
def heard(client_id: str, notice_id: uuid.UUID, *, done: bool, at: datetime) -> str | None:
    """Note what a system answered to a notice that the browser carried; return the way on, None for no such notice."""
    rows = LogoutNotice.objects.select_for_update().select_related("account")
    notice = rows.filter(pk=notice_id, client=client_id, by_browser=True).first()
    if notice is None or not notice.tries:
        return None
    if notice.done_at is None and notice.given_up_at is None:
        settle(notice, heard=done, answer="Success" if done else "refused", at=at)
    return str(notice.told.get("way", ""))


def settle(notice: LogoutNotice, *, heard: bool, answer: str, at: datetime) -> None:
    """Note how it ended with a notice, there and in the trail."""
    notice.answer = answer
    if heard:
        notice.done_at = at
    else:
        notice.given_up_at = at
    notice.save(update_fields=["tries", "answer", "done_at", "given_up_at"])
    trail.record(
        action="identity.client.sign-out",
        actor_id="service:identity",
        actor_name="identity",
        outcome="done" if heard else "identity.system-did-not-hear",
        subjects=(notice.account.actor_id, f"client:{notice.client}"),
        detail={"tries": notice.tries, "answer": answer},
    )


def request_for(notice: LogoutNotice, destination: str, *, entity: str, at: datetime) -> Any:
    """Return the LogoutRequest of a notice, not signed yet; its ID is the same at every try."""
    return answers.logout_request(
        answers.Name(str(notice.told.get("name", "")), str(notice.told.get("format", ""))),
        issuer=notice.issuer, audience=entity, destination=destination, index=str(notice.told.get("index", "")),
        identifier=f"_{notice.pk.hex}", at=at,
    )  # fmt: skip


def signing_key(at: datetime) -> answers.Key:
    """Return what this site signs with now."""
    pair = saml_keys.signer(at)
    return answers.Key(pair.private, pair.certificate)


def name_for(account: Account, client: queries.ClientView, wanted: str, session: str) -> answers.Name | None:
    """Return by what name a system learns of somebody; None when it wants a kind that is not given here.

    `persistent` is another one at every system and the same for ever, `transient` another one in every session;
    `unspecified` is what OpenID calls `sub`.
    """
    asked = (wanted,) if wanted and wanted != metadata.UNSPECIFIED else client.system.name_formats
    kind = next((item for item in asked if item in metadata.NAME_FORMATS), "")
    if wanted and wanted != metadata.UNSPECIFIED and not kind:
        return None
    kind = kind or (metadata.UNSPECIFIED if wanted else metadata.PERSISTENT)
    if kind == metadata.UNSPECIFIED:
        return answers.Name(str(account.pk), kind)
    parts = [client.system.entity, str(account.pk), *([session] if kind == metadata.TRANSIENT else [])]
    return answers.Name(rules.pairwise(saml_keys.pairwise_secret(), *parts), kind)

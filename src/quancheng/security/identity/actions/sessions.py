"""Writes about sessions: remembering where somebody is signed in, and signing out from afar."""

import uuid
from datetime import datetime
from importlib import import_module

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries
from quancheng.security.identity.adapters import signing_out
from quancheng.security.identity.models import Session
from quancheng.security.pmi import public as pmi


class SessionOver(Refusal):
    code = "identity.session-over"
    message = _("This session has ended already.")


def _of_session(*, session_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return _of_account(account_id=queries.session(session_id).account_id)


def _of_account(*, account_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return pmi.Target(
        organisation=queries.place_of(account_id), owner=f"account:{account_id}", subjects=(f"account:{account_id}",)
    )


@pmi.action("identity.session.end", scope=_of_session, open_to=("staff", "citizen"))
def end_session(*, actor: pmi.Actor, session_id: uuid.UUID, at: datetime) -> None:
    """Sign somebody out on one device: one's own, or with the privilege at their place. :raises SessionOver:"""
    found = queries.session(session_id)
    if not close(found.account_id, at=at, session_id=session_id):
        raise SessionOver


@pmi.action("identity.session.end-others", scope=_of_account, open_to=("staff", "citizen"))
def end_other_sessions(*, actor: pmi.Actor, account_id: uuid.UUID, keep: uuid.UUID | None, at: datetime) -> int:
    """Sign somebody out everywhere but in the session `keep`; return in how many places."""
    return close(account_id, at=at, keep=keep)


def close(
    account_id: uuid.UUID,
    *,
    at: datetime,
    session_id: uuid.UUID | None = None,
    keep: uuid.UUID | None = None,
    by: str = "",
) -> int:
    """End the open sessions of an account, or only `session_id`, all but `keep`; return how many.

    `by` is the system that asked for it.
    """
    found = Session.objects.filter(account_id=account_id, ended_at=None)
    if keep:
        found = found.exclude(pk=keep)
    if session_id:
        found = found.filter(pk=session_id)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    keys = list(found.values_list("key", flat=True))
    for key in keys:
        store(key).delete()
    return signing_out.end(found, at=at, by=by)


def remember(
    *,
    account_id: uuid.UUID,
    session_id: uuid.UUID | None,
    key: str,
    address: str,
    user_agent: str,
    assurance: int,
    at: datetime,
) -> uuid.UUID:
    """Note that a session is in use; return the record's id. No action: it happens on the way, every few minutes."""
    facts = {"key": key, "address": address, "user_agent": user_agent[:300], "assurance": assurance, "seen_at": at}
    if session_id and Session.objects.filter(pk=session_id, account_id=account_id).update(**facts):
        return session_id
    made, _created = Session.objects.update_or_create(
        key=key, defaults={**facts, "account_id": account_id, "opened_at": at, "ended_at": None}
    )
    return made.pk

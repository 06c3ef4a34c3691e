"""Questions about sessions: where somebody is signed in."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import rules
from quancheng.security.identity.models import Session
from quancheng.security.identity.queries.clients import systems_of
from quancheng.security.identity.queries.people import place_of
from quancheng.security.pmi import public as pmi


class UnknownSession(Refusal):
    code = "identity.unknown-session"
    message = _("There is no such session.")
    status = 404


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its owner sees it; the key is never shown."""

    id: uuid.UUID
    account_id: uuid.UUID
    device: str
    address: str
    opened_at: datetime
    seen_at: datetime
    assurance: int
    assurance_title: str
    systems: tuple[str, ...] = ()


def sessions(account_id: uuid.UUID) -> tuple[SessionView, ...]:
    """Return where the account is signed in, the last used first. Who was away for too long is signed out."""
    since = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    found = list(Session.objects.filter(account_id=account_id, ended_at=None, seen_at__gt=since).order_by("-seen_at"))
    systems = systems_of(item.pk for item in found)
    return tuple(replace(_view(item), systems=systems.get(item.pk, ())) for item in found)


def session(session_id: uuid.UUID) -> SessionView:
    """Return one session, ended or not. :raises UnknownSession: if there is none."""
    found = Session.objects.filter(pk=session_id).first()
    if found is None:
        raise UnknownSession
    return _view(found)


def _of_account(*, account_id: uuid.UUID) -> pmi.Target:
    return pmi.Target(
        organisation=place_of(account_id), owner=f"account:{account_id}", subjects=(f"account:{account_id}",)
    )


@pmi.reading("identity.session.read", scope=_of_account, open_to=("staff", "citizen"))
def read_sessions(*, actor: pmi.Actor, account_id: uuid.UUID) -> tuple[SessionView, ...]:
    """Return where somebody is signed in; the look is entered in the trail."""
    return sessions(account_id)


def _view(item: Session) -> SessionView:
    return SessionView(
        item.pk,
        item.account_id,
        rules.device(item.user_agent),
        item.address,
        item.opened_at,
        item.seen_at,
        item.assurance,
        item.get_assurance_display(),
    )

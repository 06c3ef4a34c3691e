"""Questions about privileges taken in an emergency, and what was done with them."""

import uuid
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi.models import Emergency
from quancheng.security.pmi.queries.visibility import EVERYTHING
from quancheng.security.pmi.rules import Actor, Grant
from quancheng.security.trail import public as trail

SESSION = "pmi.emergency"


class NoSuchEmergency(Refusal):
    code = "pmi.no-such-emergency"
    message = _("There is no such emergency authorisation.")
    status = 404


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """A break-glass authorisation. `state` is running, waiting (for its review), overdue or reviewed."""

    id: uuid.UUID
    actor_id: str
    actor_name: str
    privilege: str
    organisation: str
    reason: str
    taken_at: datetime
    until: datetime
    review_by: date
    state: str
    reviewer_name: str
    reviewed_at: datetime | None
    justified: bool | None
    finding: str

    @property
    def subject(self) -> str:
        """How the trail names it; everything done under it stands there."""
        return f"emergency:{self.id}"


def emergencies(*, seen: Q = EVERYTHING, most: int = 200) -> tuple[EmergencyView, ...]:
    """Return the authorisations that may be seen: what waits for its review first, then the newest."""
    rows = list(Emergency.objects.filter(seen).order_by("-taken_at", "id")[:most])
    return tuple(_view(row) for row in sorted(rows, key=lambda row: row.reviewed_at is not None))


def emergency(emergency_id: uuid.UUID) -> EmergencyView:
    """Return one authorisation. :raises NoSuchEmergency: if there is none."""
    row = Emergency.objects.filter(pk=emergency_id).first()
    if row is None:
        raise NoSuchEmergency
    return _view(row)


def deeds(emergency_id: uuid.UUID, page: int = 1) -> trail.Page:
    """Return a page of what was done under an authorisation, from the trail."""
    return trail.entries(subject=f"emergency:{emergency_id}", page=page)


def overdue(today: date) -> tuple[EmergencyView, ...]:
    """Return the authorisations whose review was due before `today` and has not been held, the oldest first."""
    rows = Emergency.objects.filter(reviewed_at=None, review_by__lt=today).order_by("review_by", "id")
    return tuple(_view(row) for row in rows)


def with_emergency(actor: Actor, session: MutableMapping[str, Any]) -> Actor:
    """Return the actor with what they took in an emergency in this session; one that is over is forgotten.

    It is bound to the session in which it was taken, so requests without one pay nothing for it.
    """
    key = session.get(SESSION)
    if not key:
        return actor
    try:
        row = Emergency.objects.filter(pk=key, actor_id=actor.id, until__gt=actor.at or timezone.now()).first()
    except (ValidationError, ValueError):
        row = None
    if row is None or row.reviewed_at is not None:
        del session[SESSION]
        return actor
    taken = Grant(row.privilege, row.organisation, until=row.until, emergency=str(row.pk))
    return replace(actor, grants=(*actor.grants, taken))


def _view(row: Emergency) -> EmergencyView:
    now = timezone.now()
    if row.reviewed_at:
        state = "reviewed"
    elif row.until > now:
        state = "running"
    else:
        state = "overdue" if row.review_by < timezone.localdate(now) else "waiting"
    return EmergencyView(
        row.pk, row.actor_id, row.actor_name, row.privilege, row.organisation, row.reason, row.taken_at, row.until,
        row.review_by, state, row.reviewer_name, row.reviewed_at, row.justified, row.finding,
    )  # fmt: skip

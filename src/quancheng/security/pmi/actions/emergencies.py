"""Break-glass: taking a privilege in an emergency, and the review that must follow (TR14)."""

import uuid
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import queries
from quancheng.security.pmi.actions.roles import UnknownPrivilege
from quancheng.security.pmi.actions.ways_in import action
from quancheng.security.pmi.config import config
from quancheng.security.pmi.events import EmergencyTaken
from quancheng.security.pmi.models import Emergency
from quancheng.security.pmi.rules import Actor, Target

# Nobody may help themselves to the keys of the house: what watches over everybody is not to be had this way.
CLOSED = ("pmi.", "identity.", "trail.", "pki.", "attributes.")


class NotInAnEmergency(Refusal):
    code = "pmi.not-in-an-emergency"
    message = _("Privileges over accounts, roles, keys and the trail cannot be taken, not even in an emergency.")
    status = 403


class StillUnreviewed(Refusal):
    code = "pmi.still-unreviewed"
    message = _("An earlier emergency authorisation of yours has not been reviewed in time. Have it reviewed first.")


class StillRunning(Refusal):
    """`emergency` in the facts is the one that runs, whose session it may have been that was lost."""

    code = "pmi.still-running"
    message = _("You have taken this privilege there already: it counts until %(until)s, and is not taken twice.")


class OwnReview(Refusal):
    code = "pmi.own-review"
    message = _("Somebody else must review what you took yourself.")
    status = 403


class AlreadyReviewed(Refusal):
    code = "pmi.already-reviewed"
    message = _("This has been reviewed already.")


def _of_place(*, privilege: str, organisation: str, **_rest: object) -> Target:
    return Target(organisation=organisation, subjects=(f"privilege:{privilege}",))


def _of_emergency(*, emergency_id: uuid.UUID, **_rest: object) -> Target:
    found = queries.emergency(emergency_id)
    return Target(organisation=found.organisation, subjects=(found.subject, found.actor_id))


@action("pmi.emergency.take", scope=_of_place, step_up=True)
def take_emergency(*, actor: Actor, privilege: str, organisation: str, reason: str, at: datetime) -> uuid.UUID:
    """Take `privilege` at the path `organisation` for a short time; those who review such things are told at once.

    :raises UnknownPrivilege: :raises NotInAnEmergency: :raises StillUnreviewed: :raises StillRunning:
    """
    if privilege not in queries.known_privileges():
        raise UnknownPrivilege
    if privilege.startswith(CLOSED):
        raise NotInAnEmergency
    today = timezone.localdate(at)
    if Emergency.objects.filter(actor_id=actor.id, reviewed_at=None, review_by__lt=today).exists():
        raise StillUnreviewed
    kind = {"actor_id": actor.id, "privilege": privilege, "organisation": organisation, "running": True}
    Emergency.objects.filter(Q(until__lte=at) | Q(reviewed_at__isnull=False), **kind).update(running=False)
    row, fresh = Emergency.objects.get_or_create(
        **kind,
        defaults={
            "actor_name": actor.name,
            "reason": reason,
            "taken_at": at,
            "until": at + timedelta(minutes=config.emergency_minutes),
            "review_by": today + timedelta(days=config.review_days),
        },
    )
    if not fresh:
        raise StillRunning(until=date_format(timezone.localtime(row.until), "TIME_FORMAT"), emergency=str(row.pk))
    events.publish(
        EmergencyTaken(
            emergency_id=str(row.pk),
            actor_name=actor.name,
            privilege=privilege,
            organisation=organisation,
            reason=reason,
            review_by=row.review_by.isoformat(),
        )
    )
    return row.pk


@action("pmi.emergency.review", scope=_of_emergency)
def review_emergency(*, actor: Actor, emergency_id: uuid.UUID, justified: bool, finding: str, at: datetime) -> None:
    """Close an authorisation with a finding; what still ran of it ends. :raises OwnReview: :raises AlreadyReviewed:"""
    row = Emergency.objects.select_for_update().get(pk=emergency_id)
    if row.actor_id == actor.id:
        raise OwnReview
    if row.reviewed_at is not None:
        raise AlreadyReviewed
    row.reviewer_id, row.reviewer_name, row.reviewed_at = actor.id, actor.name, at
    row.justified, row.finding = justified, finding
    row.save()

"""Writes about acting in a post: choosing one of several, and letting a colleague act in one's own for a time."""

import uuid
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries, rules
from quancheng.security.identity.actions.appointments import (
    AlreadyAppointed,
    EndsBeforeItBegins,
    NotForCitizens,
    keep_officers_apart,
)
from quancheng.security.identity.actions.places import post_of
from quancheng.security.identity.config import config
from quancheng.security.identity.events import DelegationMade
from quancheng.security.identity.models import Account, Appointment, Delegation
from quancheng.security.pmi import public as pmi


class SeatNotHeld(Refusal):
    code = "identity.seat-not-held"
    message = _("You do not hold this post today, and it is not delegated to you.")


class NotTheHolder(Refusal):
    code = "identity.not-the-holder"
    message = _("Only somebody who holds the post until the last day of the delegation can delegate it.")


class OwnDeputy(Refusal):
    code = "identity.own-deputy"
    message = _("Choose a colleague: nobody is their own deputy.")


class NotAColleague(Refusal):
    code = "identity.not-a-colleague"
    message = _("A deputy must serve in the same department today.")


class DelegationTooLong(Refusal):
    code = "identity.delegation-too-long"
    message = _("A delegation lasts %(days)s days at most. Ask for a new appointment if more is needed.")


class DelegatedAlready(Refusal):
    code = "identity.delegated-already"
    message = _("This post is delegated to that colleague already in this period.")


class DelegationOver(Refusal):
    code = "identity.delegation-over"
    message = _("This delegation has ended already.")


def _of_seat(*, account_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return pmi.Target(owner=f"account:{account_id}", subjects=(f"account:{account_id}",))


def _of_post(*, giver_id: uuid.UUID, deputy_id: uuid.UUID, post_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return pmi.Target(
        organisation=post_of(post_id).organisation.path,
        owner=f"account:{giver_id}",
        subjects=(f"account:{giver_id}", f"account:{deputy_id}", f"post:{post_id}"),
    )


def _of_delegation(*, delegation_id: uuid.UUID, **_rest: object) -> pmi.Target:
    found = queries.delegation(delegation_id)
    return pmi.Target(
        organisation=found.organisation,
        owner=f"account:{found.giver_id}",
        subjects=(f"account:{found.giver_id}", f"account:{found.deputy_id}", f"delegation:{found.id}"),
    )


@pmi.action("identity.seat.choose", scope=_of_seat, open_to=("staff",))
def choose_seat(*, actor: pmi.Actor, account_id: uuid.UUID, seat: str) -> str:
    """Check that the account may act in `seat`, empty for all at once, and return it for the session.

    :raises SeatNotHeld: if it may not.
    """
    if seat and seat not in {item.key for item in queries.seats(account_id)}:
        raise SeatNotHeld
    return seat


@pmi.action("identity.delegation.make", scope=_of_post, open_to=("staff",))
def make_delegation(
    *,
    actor: pmi.Actor,
    giver_id: uuid.UUID,
    deputy_id: uuid.UUID,
    post_id: uuid.UUID,
    valid_from: date,
    valid_until: date,
    reason: str,
) -> uuid.UUID:
    """Let `deputy_id` act in a post that `giver_id` holds, from the first day to the last; return the delegation's id.

    Everybody delegates their own posts; an administrator of the place may do it for somebody who has fallen ill. What
    was itself delegated cannot be delegated on, because only an appointment counts as holding.

    :raises OwnDeputy: :raises NotForCitizens: :raises NotTheHolder: :raises NotAColleague: :raises EndsBeforeItBegins:
    :raises DelegationTooLong: :raises AlreadyAppointed: :raises DelegatedAlready: :raises OfficersSeparate:
    """
    if giver_id == deputy_id:
        raise OwnDeputy
    if valid_until < valid_from:
        raise EndsBeforeItBegins
    if (valid_until - valid_from).days >= config.delegation_days:
        raise DelegationTooLong(days=config.delegation_days)
    deputy = Account.objects.filter(pk=deputy_id, is_active=True).first()
    if deputy is None:
        raise queries.UnknownAccount
    if deputy.kind != Account.Kind.STAFF:
        raise NotForCitizens
    if not _holds(giver_id, post_id, valid_from, valid_until):
        raise NotTheHolder
    if _holds(deputy_id, post_id, valid_from, valid_until):
        raise AlreadyAppointed
    department = rules.department(post_of(post_id).organisation.path)
    if not any(seat.organisation.startswith(department) and not seat.on_behalf_of for seat in queries.seats(deputy_id)):
        raise NotAColleague
    overlap = Delegation.objects.filter(giver_id=giver_id, deputy_id=deputy_id, post_id=post_id, ended_at=None)
    if overlap.filter(valid_from__lte=valid_until, valid_until__gte=valid_from).exists():
        raise DelegatedAlready
    keep_officers_apart(deputy, post_id=post_id)
    made = Delegation.objects.create(
        giver_id=giver_id,
        deputy_id=deputy_id,
        post_id=post_id,
        valid_from=valid_from,
        valid_until=valid_until,
        reason=reason,
    )
    events.publish(
        DelegationMade(
            delegation_id=str(made.pk),
            deputy_id=str(deputy_id),
            giver_name=made.giver.name,
            post=made.post.title,
            valid_from=valid_from.isoformat(),
            valid_until=valid_until.isoformat(),
            reason=reason,
        )
    )
    return made.pk


@pmi.action("identity.delegation.end", scope=_of_delegation, open_to=("staff",))
def end_delegation(*, actor: pmi.Actor, delegation_id: uuid.UUID, at: datetime) -> None:
    """Take a post back at once, before the last day. :raises DelegationOver: if it has ended."""
    if not queries.delegation(delegation_id).can_end:
        raise DelegationOver
    Delegation.objects.filter(pk=delegation_id).update(ended_at=at)


def _holds(account_id: uuid.UUID, post_id: uuid.UUID, first: date, last: date) -> bool:
    held = Appointment.objects.filter(account_id=account_id, post_id=post_id, valid_from__lte=first)
    return held.filter(valid_until=None).exists() or held.filter(valid_until__gte=last).exists()

"""What an operator may do, and the rounds that the worker makes."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.zones.gateway import public as gateway

from .engine import border, delivery
from .models import Delivery

State = Delivery.State


class NotStuck(Refusal):
    """The delivery has taken effect, was discarded, or does not exist."""

    code = "exchange.not-stuck"
    message = _("This delivery is not stuck any more.")


def _of_delivery(delivery_id: int = 0, message_id: str = "", **_others: object) -> pmi.Target:
    known = Delivery.objects.filter(pk=delivery_id or 0).values_list("message__message_id", flat=True).first()
    number = message_id or known
    return pmi.Target(subjects=(f"message:{number}",) if number else ())


@pmi.action("exchange.message.resend", scope=_of_delivery)
def resend(*, actor: pmi.Actor, delivery_id: int = 0, message_id: str = "", at: datetime) -> None:
    """Try a stuck delivery, or all that are stuck of a message, again at once, with all their attempts.

    :raises NotStuck: if nothing of it is stuck.
    """
    meant = Delivery.objects.filter(message__message_id=message_id) if message_id else Delivery.objects.all()
    stuck = meant.filter(state__in=[State.DEAD, State.PENDING])
    changed = (stuck if message_id else stuck.filter(pk=delivery_id or 0)).update(
        state=State.PENDING, attempts=0, due_at=at
    )
    if not changed:
        raise NotStuck


@pmi.action("exchange.message.discard", scope=_of_delivery)
def discard(*, actor: pmi.Actor, delivery_id: int, reason: str) -> None:
    """Give a dead delivery up for good and open its lane. :raises NotStuck: unless it was given up."""
    changed = Delivery.objects.filter(pk=delivery_id, state=State.DEAD).update(
        state=State.DISCARDED, error=f"{actor.name}: {reason}"[:500]
    )
    if not changed:
        raise NotStuck


@pmi.action("exchange.bundle.retry", scope=lambda item_id: pmi.Target(subjects=(f"quarantined:{item_id}",)))
def retry_bundle(*, actor: pmi.Actor, item_id: int) -> None:
    """Examine a quarantined file anew. :raises NoBorder: if it is no longer kept."""
    gateway.try_again(desk=border.ExchangeDesk(), item_id=item_id)


@pmi.action("exchange.alarm.close", scope=lambda alarm_id, **_: pmi.Target(subjects=(f"alarm:{alarm_id}",)))
def close_alarm(*, actor: pmi.Actor, alarm_id: int, at: datetime) -> None:
    """Mark an alarm of the border as seen to."""
    gateway.close_alarm(alarm_id=alarm_id, by=actor.id, at=at)


def deliver_ready(at: datetime | None = None) -> int:
    """Deliver what is due here; return how many took effect."""
    return delivery.deliver_ready(at or timezone.now())


def sign_pending() -> int:
    """Sign what was announced here; return how many messages."""
    return border.sign_pending()


def cross(at: datetime | None = None) -> int:
    """Make one round at the border; return how much was done."""
    return border.cross(at)

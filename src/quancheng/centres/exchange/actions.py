"""What an operator may do, and the rounds that the worker makes."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.zones.gateway import public as gateway

from .config import config
from .engine import border, delivery
from .models import Delivery, Message

State = Delivery.State


class NotStuck(Refusal):
    """The delivery has taken effect, was discarded, or does not exist."""

    code = "exchange.not-stuck"
    message = _("This delivery is not stuck any more.")


def of_delivery(*, delivery_id: int = 0, message_id: str = "", **_others: object) -> pmi.Target:
    """Return where a delivery, or a message, belongs: to the organisation that announced it."""
    found = Message.objects.filter(message_id=message_id) if message_id else Message.objects.all()
    known = (found if message_id else found.filter(deliveries=delivery_id)).values_list("message_id", "organisation")
    number, code = known.first() or (message_id, "")
    return pmi.Target(organisation=pmi.placed(code), subjects=(f"message:{number}",) if number else ())


def of_border(*, item_id: int = 0, alarm_id: int = 0, **_others: object) -> pmi.Target:
    """Return where files and alarms of the border belong: to whoever runs this site's exchange."""
    subjects = (f"quarantined:{item_id}",) if item_id else (f"alarm:{alarm_id}",) if alarm_id else ()
    return pmi.Target(organisation=pmi.placed(config.organisation), subjects=subjects)


@pmi.action("exchange.message.resend", scope=of_delivery)
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


@pmi.action("exchange.message.discard", scope=of_delivery)
def discard(*, actor: pmi.Actor, delivery_id: int, reason: str) -> None:
    """Give a dead delivery up for good and open its lane. :raises NotStuck: unless it was given up."""
    changed = Delivery.objects.filter(pk=delivery_id, state=State.DEAD).update(
        state=State.DISCARDED, error=f"{actor.name}: {reason}"[:500]
    )
    if not changed:
        raise NotStuck


@pmi.action("exchange.bundle.retry", scope=of_border)
def retry_bundle(*, actor: pmi.Actor, item_id: int) -> None:
    """Examine a quarantined file anew. :raises NoBorder: if it is no longer kept."""
    gateway.try_again(desk=border.ExchangeDesk(), item_id=item_id)


@pmi.action("exchange.alarm.close", scope=of_border)
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

"""Local delivery: in order per lane, effect and receipt in one transaction, repeated with growing pauses."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

from .. import rules
from ..config import config
from ..models import Delivery
from . import transport

log = logging.getLogger(__name__)
State = Delivery.State


class NobodyHears(Refusal):
    """The consumer for which the message was stored is no longer installed."""

    code = "exchange.nobody-hears"
    message = _("%(consumer)s is not installed here any more.")


def ready(at: datetime) -> QuerySet[Delivery]:
    """Return the deliveries that may be tried now, oldest first.

    One that is given up keeps its lane closed: what came later may rest on it, so a person decides.
    """
    ahead = Delivery.objects.filter(
        Q(state=State.PENDING) | Q(state=State.DEAD), lane=OuterRef("lane"), pk__lt=OuterRef("pk")
    ).exclude(lane="")
    return Delivery.objects.filter(Q(lane="") | ~Exists(ahead), state=State.PENDING, due_at__lte=at).order_by("pk")


def deliver_ready(at: datetime) -> int:
    """Try each delivery that is ready once; return how many were delivered."""
    return sum(deliver(number, at) for number in ready(at).values_list("pk", flat=True)[: config.batch])


def deliver(delivery_id: int, at: datetime) -> bool:
    """Try one delivery; True if it took effect now. A failure is noted and never reaches the caller."""
    try:
        with transaction.atomic(), pmi.delivery():
            row = _lock(delivery_id)
            if row is None:
                return False
            handler = events.consumers(row.message.topic).get(row.consumer)
            if handler is None:
                raise NobodyHears(consumer=row.consumer)
            handler(transport.as_message(row.message))
            row.state, row.delivered_at, row.attempts, row.error = State.DELIVERED, at, row.attempts + 1, ""
            row.save(update_fields=["state", "delivered_at", "attempts", "error"])
    except Exception as error:  # noqa: BLE001  (whatever a handler raises, the other lanes go on)
        _note_failure(delivery_id, error, at)
        return False
    return True


def _lock(delivery_id: int) -> Delivery | None:
    rows = Delivery.objects.filter(pk=delivery_id, state=State.PENDING).select_related("message")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    return rows.first()


def _note_failure(delivery_id: int, error: Exception, at: datetime) -> None:
    text = f"{error.code}: {error}" if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
    with transaction.atomic():
        row = _lock(delivery_id)
        if row is None:
            return
        row.attempts, row.error = row.attempts + 1, text[:500]
        if row.attempts >= config.attempts:
            row.state = State.DEAD
            trail.record(
                action="exchange.message.deliver",
                actor_id="service:exchange",
                actor_name="exchange",
                outcome=getattr(error, "code", "exchange.given-up"),
                subjects=(f"message:{row.message.message_id}",),
                detail={"topic": row.message.topic, "consumer": row.consumer, "attempts": row.attempts},
            )
        else:
            row.due_at = at + rules.pause(row.attempts, first=config.first_pause, longest=config.longest_pause)
        row.save(update_fields=["attempts", "error", "state", "due_at"])
    log.warning("message %s, %s, attempt %s: %s", row.message.message_id, row.consumer, row.attempts, text)

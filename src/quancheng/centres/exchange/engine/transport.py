"""The outbox: takes a fact inside the transaction in which it happened, with one row for each who will hear it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from quancheng.kernel import events, zone
from quancheng.support.documents import public as documents

from .. import rules
from ..config import config
from ..models import Delivery, Message
from . import routes


class Outbox:
    """The durable transport of `kernel.events`."""

    def publish(self, message: events.Message) -> None:
        """Store `message` with the caller's transaction. Signing happens later, so that no key blocks the caller."""
        here = zone.current()
        topic = routes.topic(message.topic)
        envelope = rules.Envelope(
            id=message.id,
            topic=message.topic,
            version=topic.version,
            zone=here,
            organisation=topic.organisation or config.organisation,
            key=message.key,
            time=message.time,
            data=message.data,
            files={digest: _name(digest) for digest in message.files},
        )
        store(envelope, body=rules.encode(envelope), to_zone="" if zone.other() is None else topic.destination(here))


def _name(digest: str) -> str:
    try:
        return documents.info(digest).name
    except documents.NoSuchDocument:
        # Packing finds out whether it is really missing; the fact itself must not fail for it.
        return digest


def store(
    envelope: rules.Envelope, *, body: str, to_zone: str = "", signature: str = "", bundle: int | None = None
) -> Message | None:
    """Store a message and its deliveries; None if it is stored already."""
    with transaction.atomic():
        row, is_new = Message.objects.get_or_create(
            message_id=envelope.id,
            defaults={
                "topic": envelope.topic,
                "key": envelope.key,
                "zone": envelope.zone,
                "to_zone": to_zone,
                "organisation": envelope.organisation,
                "time": envelope.time,
                "body": body,
                "signature": signature,
                "files": dict(envelope.files),
                "bundle": bundle,
            },
        )
        if not is_new:
            return None
        # By this site's clock: the other zone's may go ahead, and a message must not wait for that.
        address(row, events.consumers(envelope.topic), due_at=row.stored_at)
    return row


def address(row: Message, consumers: Iterable[str], *, due_at: datetime) -> None:
    """Open a delivery for each consumer, in the order of their names."""
    Delivery.objects.bulk_create(
        Delivery(message=row, consumer=consumer, lane=rules.lane(consumer, row.key), due_at=due_at)
        for consumer in sorted(consumers)
    )


def as_message(row: Message) -> events.Message:
    """Return a stored message as its consumers receive it."""
    envelope = rules.decode(row.body)
    return events.Message(
        id=envelope.id,
        topic=envelope.topic,
        source=envelope.source,
        key=envelope.key,
        time=envelope.time,
        data=envelope.data,
        files=tuple(envelope.files),
        zone=envelope.zone,
    )

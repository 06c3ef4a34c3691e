"""Marking messages as read."""

import uuid
from datetime import datetime

from quancheng.security.pmi import public as pmi
from quancheng.support.notifications.models import Message
from quancheng.support.notifications.queries import inbox


def _of_message(*, message_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return pmi.Target(owner=inbox.owner_of(message_id), subjects=(f"message:{message_id}",))


@pmi.action("notifications.message.mark-read", scope=_of_message, open_to=("citizen", "staff"))
def mark_read(*, actor: pmi.Actor, message_id: uuid.UUID, at: datetime) -> None:
    """Mark one's own message as read; repeating it changes nothing."""
    Message.objects.filter(pk=message_id, account=inbox.account_of(actor), read_at=None).update(read_at=at)


@pmi.action("notifications.message.mark-all-read", open_to=("citizen", "staff"))
def mark_all_read(*, actor: pmi.Actor, at: datetime) -> int:
    """Mark all one's own messages as read; return how many were not yet."""
    return Message.objects.filter(account=inbox.account_of(actor), read_at=None).update(read_at=at)

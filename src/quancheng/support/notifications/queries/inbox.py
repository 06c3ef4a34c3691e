"""Questions about messages."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator

from quancheng.security.pmi import public as pmi
from quancheng.support.notifications.models import Delivery, Message

PAGE_SIZE = 20
READ = "notifications.message.read"


@dataclass(frozen=True, slots=True)
class Way:
    """How a message fares on one way outside."""

    channel: str
    title: str
    state: str
    state_title: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as its receiver sees it. `ways` say how it fares outside, empty when it stands in the inbox only."""

    id: uuid.UUID
    kind: str
    subject: str
    text: str
    url: str
    created_at: datetime
    read_at: datetime | None
    ways: tuple[Way, ...]


def inbox(actor: pmi.Actor, *, unread_only: bool = False, page: int = 1) -> "Page[MessageView]":
    """Return a page of the actor's own messages, the newest first."""
    own = pmi.visible(actor, READ, owner="account", me=account_of(actor), open_to=("staff", "citizen"))
    found = Message.objects.filter(own).prefetch_related("deliveries").order_by("-created_at", "id")
    if unread_only:
        found = found.filter(read_at=None)
    sheet: Page[Any] = Paginator(found, PAGE_SIZE).get_page(page)
    sheet.object_list = [_view(item) for item in sheet.object_list]
    return sheet


def unread(actor: pmi.Actor) -> int:
    """Return how many of the actor's messages have not been read."""
    account = account_of(actor)
    return Message.objects.filter(account=account, read_at=None).count() if account else 0


def owner_of(message_id: uuid.UUID) -> str:
    """Return the id of the actor whose message this is; "nobody" when there is none."""
    found = Message.objects.filter(pk=message_id).values_list("account_id", flat=True).first()
    return f"account:{found}" if found else "nobody"


def account_of(actor: pmi.Actor) -> uuid.UUID | None:
    """Return the account behind the actor, None for services and strangers."""
    prefix, _colon, key = actor.id.partition(":")
    return uuid.UUID(key) if prefix == "account" else None


def _view(item: Message) -> MessageView:
    # One line a way, however many browsers somebody has.
    latest: dict[str, Delivery] = {}
    for delivery in sorted(item.deliveries.all(), key=lambda one: (one.channel, one.delivered_at is not None)):
        latest[delivery.channel] = delivery
    return MessageView(
        id=item.pk,
        kind=item.kind,
        subject=item.subject,
        text=item.text,
        url=item.url,
        created_at=item.created_at,
        read_at=item.read_at,
        ways=tuple(
            Way(one.channel, str(one.get_channel_display()), one.state, str(one.get_state_display()))
            for one in latest.values()
        ),
    )

"""Writing messages, marking them as read, and carrying letters to the post office."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import queries, rules
from quancheng.support.notifications.adapters import MailGateway, Never, NotNow
from quancheng.support.notifications.config import config
from quancheng.support.notifications.models import Letter, Message


def notify(
    *,
    to: str | uuid.UUID,
    kind: str,
    subject: str,
    text: str,
    url: str = "",
    email: bool = True,
    key: str = "",
    at: datetime | None = None,
) -> uuid.UUID:
    """Tell an account something; return the message's id. Part of the caller's own action, so no action itself.

    `to` is an account's or actor's id; `kind` names the occasion ("hall.progress"); `url` is a path on this site. A
    `key` makes the call repeatable: the same account is told the same thing once. With `email`, and if the account
    has an address, a letter follows.

    :raises identity.UnknownAccount: if there is no such account in this zone.
    """
    now = at or timezone.now()
    contact = identity.contact(to)
    with transaction.atomic():
        if key and (known := Message.objects.filter(account_id=contact.account_id, key=key).first()):
            return known.pk
        message = Message.objects.create(
            account_id=contact.account_id,
            kind=kind,
            subject=" ".join(subject.split())[:200],
            text=text,
            url=url,
            key=key,
            created_at=now,
        )
        if email and contact.email and config.mail != "off":
            Letter.objects.create(message=message, to=contact.email, due_at=now)
    return message.pk


def _of_message(*, message_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return pmi.Target(owner=queries.owner_of(message_id), subjects=(f"message:{message_id}",))


@pmi.action("notifications.message.mark-read", scope=_of_message, open_to=("citizen", "staff"))
def mark_read(*, actor: pmi.Actor, message_id: uuid.UUID, at: datetime) -> None:
    """Mark one's own message as read; repeating it changes nothing."""
    Message.objects.filter(pk=message_id, account=queries.account_of(actor), read_at=None).update(read_at=at)


@pmi.action("notifications.message.mark-all-read", open_to=("citizen", "staff"))
def mark_all_read(*, actor: pmi.Actor, at: datetime) -> int:
    """Mark all one's own messages as read; return how many were not yet."""
    return Message.objects.filter(account=queries.account_of(actor), read_at=None).update(read_at=at)


def send_due_letters(*, gateway: MailGateway, now: datetime, limit: int = 20) -> int:
    """Carry letters that are due to the post office; return how many were tried.

    A letter is taken by one worker with a conditional update, sent outside any transaction and settled afterwards. A
    worker that dies in between leaves it "sending"; after the lease it is taken again, with the same Message-ID.
    Delivery is nobody's act, so the trail does not hear of it.
    """
    _recover(now)
    due = Letter.objects.filter(state__in=rules.WAITING, due_at__lte=now).order_by("due_at", "id")
    tried = 0
    for letter_id, state in due.values_list("pk", "state")[:limit]:
        taken = Letter.objects.filter(pk=letter_id, state=state, due_at__lte=now).update(
            state=rules.SENDING, taken_at=now, attempts=F("attempts") + 1
        )
        if taken:
            _send(Letter.objects.select_related("message").get(pk=letter_id), gateway=gateway, now=now)
            tried += 1
    return tried


def _recover(now: datetime) -> None:
    lost = Letter.objects.filter(state=rules.SENDING, taken_at__lt=now - rules.LEASE)
    lost.filter(attempts__gte=config.attempts).update(state=rules.PERMANENT_FAILURE, due_at=None)
    lost.filter(attempts__lt=config.attempts).update(state=rules.TEMPORARY_FAILURE, due_at=now)


def _send(letter: Letter, *, gateway: MailGateway, now: datetime) -> None:
    message = letter.message
    try:
        gateway.send(
            to=letter.to,
            subject=message.subject,
            text=_body(message),
            message_id=rules.message_id(str(letter.pk), domain=config.sender_domain),
        )
    except NotNow as refusal:
        again = rules.next_try(attempts=letter.attempts, now=now, limit=config.attempts)
        state = rules.TEMPORARY_FAILURE if again else rules.PERMANENT_FAILURE
        _settle(letter, state=state, due_at=again, why=str(refusal)[:300])
    except Never as refusal:
        _settle(letter, state=rules.PERMANENT_FAILURE, due_at=None, why=str(refusal)[:300])
    else:
        _settle(letter, state=rules.DELIVERED, due_at=None, delivered_at=now, why="")


def _settle(letter: Letter, **changes: object) -> None:
    # Only the worker that took the letter settles it: after the lease somebody else may have it.
    Letter.objects.filter(pk=letter.pk, state=rules.SENDING, attempts=letter.attempts).update(**changes)


def _body(message: Message) -> str:
    lines = [message.text]
    if message.url and config.public_url:
        lines.append(_("To the matter: %(url)s") % {"url": f"{config.public_url}{message.url}"})
    lines.append(_("This letter was sent by a machine; answers are not read."))
    return "\n\n".join(lines)

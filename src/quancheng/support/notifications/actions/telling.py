"""Telling somebody something: the message in the inbox, and a delivery for each way outside."""

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from quancheng.security.identity import public as identity
from quancheng.support.notifications import rules
from quancheng.support.notifications.config import config
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.models import Delivery, Message, PushSubscription
from quancheng.support.notifications.queries import templates, wishes


def notify(
    *,
    to: str | uuid.UUID,
    kind: str,
    facts: Mapping[str, Any],
    url: str = "",
    key: str = "",
    at: datetime | None = None,
) -> uuid.UUID:
    """Tell an account something; return the message's id. Part of the caller's own action, so no action itself.

    `to` is an account's or actor's id; `kind` is declared in a `notices.toml`, and `facts` bring what its texts speak
    of; `url` is a path on this site. A `key` makes the call repeatable: the same account is told the same thing once.
    The message stands in the inbox; whether it also goes outside, and when, is as the kind says and the person wishes.

    :raises kinds.NoSuchKind: :raises kinds.MissingFact: :raises kinds.UnknownFact: :raises kinds.WrongFact:
    :raises identity.UnknownAccount: if there is no such account in this zone.
    """
    now, declared = at or timezone.now(), kinds.kind(kind)
    contact = identity.contact(to)
    plan, template = wishes.plan(contact.account_id), templates.in_force(declared)
    with translation.override(plan.language):
        # What is lazy among the facts speaks the receiver's language, too.
        filled = kinds.fields(template.texts[plan.language], declared.words(facts))
        email = letter(filled["email_text"], url)
    fields = {
        "kind": declared.code,
        "version": template.number,
        "subject": filled["title"],
        "text": filled["text"],
        "url": url,
        "created_at": now,
    }
    with transaction.atomic():
        if key:
            message, is_new = Message.objects.get_or_create(account_id=contact.account_id, key=key, defaults=fields)
            if not is_new:
                return message.pk
        else:
            message = Message.objects.create(account_id=contact.account_id, **fields)
        rows = []
        for channel, address in _addresses(contact):
            subject, text = _says(channel, filled, email)
            if text and plan.wants(declared, channel):
                due, bundle = plan.due(declared, channel, now)
                rows.append(
                    Delivery(
                        message=message, account_id=contact.account_id, kind=declared.code, channel=channel,
                        to=address, subject=subject, text=text, url=url, urgent=declared.urgent, created_at=now,
                        due_at=due, bundle=bundle,
                    )
                )  # fmt: skip
        Delivery.objects.bulk_create(rows)
    return message.pk


def _addresses(contact: identity.Contact) -> Iterator[tuple[str, str]]:
    for channel in wishes.channels():
        if channel == rules.EMAIL and contact.email:
            yield channel, contact.email
        elif channel in {rules.SMS, rules.VOICE} and identity.is_mobile(contact.mobile):
            yield channel, contact.mobile
        elif channel == rules.PUSH:
            of_account = PushSubscription.objects.filter(account_id=contact.account_id)
            for number in of_account.values_list("pk", flat=True):
                yield channel, str(number)


def _says(channel: str, filled: Mapping[str, str], email: str) -> tuple[str, str]:
    """Return subject and text of what goes out on a channel; no text, when there is nothing to be said there."""
    if channel == rules.EMAIL:
        return filled["email_subject"], email
    if channel == rules.PUSH:
        # A locked screen shows it to whoever looks: the title alone.
        return filled["title"], filled["title"]
    return "", templates.signed(filled["sms"]) if channel == rules.SMS else filled["voice"]


def letter(text: str, url: str) -> str:
    """Return the text of a letter with the way to the matter and the line that every letter ends with."""
    lines = [text]
    if url and config.public_url:
        lines.append(_("To the matter: %(url)s") % {"url": f"{config.public_url}{url}"})
    lines.append(_("This letter was sent by a machine; answers are not read."))
    return "\n\n".join(lines)

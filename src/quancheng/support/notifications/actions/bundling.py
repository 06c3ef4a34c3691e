"""Digests: several letters in one."""

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import translation

from quancheng.support.notifications import rules
from quancheng.support.notifications.actions.telling import letter
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.models import Delivery
from quancheng.support.notifications.queries import templates, wishes

KIND, INBOX_URL = "notifications.digest", "/notifications/"
MOST_LISTED = 100


def bundle_due(*, now: datetime, limit: int = 50) -> int:
    """Put the letters that are due for a digest into one for each person; return how many digests were made.

    The digest and the mark on what it carries are one transaction: killed, it has not happened. Two workers who take
    the same letters give their digests the same key, and the second is refused by the table.
    """
    due = Delivery.objects.filter(channel=rules.EMAIL, due_at__lte=now, carrier=None, state=rules.CREATED)
    due = due.exclude(bundle="")
    made = 0
    for account_id in list(due.order_by("account_id").values_list("account_id", flat=True).distinct()[:limit]):
        try:
            with transaction.atomic():
                made += _bundle(account_id, now)
        except IntegrityError:
            continue
    return made


def _bundle(account_id: uuid.UUID, now: datetime) -> int:
    rows = list(
        Delivery.objects.select_for_update(of=("self",))
        .select_related("message")
        .filter(account_id=account_id, channel=rules.EMAIL, due_at__lte=now, carrier=None, state=rules.CREATED)
        .exclude(bundle="")
        .order_by("created_at", "id")
    )
    if not rows:
        return 0
    first, kind = rows[0], kinds.kind(KIND)
    plan, template = wishes.plan(account_id), templates.in_force(kind)
    with translation.override(plan.language):
        titles = [row.subject for row in rows[:MOST_LISTED]]
        facts = {"count": len(rows), "items": [f"· {title}" for title in titles]}
        filled = kinds.fields(template.texts[plan.language], kind.words(facts))
        text = letter(filled["email_text"], INBOX_URL)
    digest = Delivery.objects.create(
        account_id=account_id, kind=KIND, channel=rules.EMAIL, to=rows[-1].to, subject=filled["email_subject"],
        text=text, url=INBOX_URL, created_at=now, due_at=now, key=f"{first.bundle}:{first.pk}",
    )  # fmt: skip
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(carrier=digest)
    return 1

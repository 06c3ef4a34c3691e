"""What gateways report about deliveries that they took."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.notifications import rules
from quancheng.support.notifications.actions.sending import enter
from quancheng.support.notifications.models import Delivery

MOST_AT_ONCE = 1000


class BadReceipt(Refusal):
    """The body is no list of receipts."""

    code: ClassVar[str] = "notifications.bad-receipt"
    message = _('Receipts are {"receipts": [{"id": …, "state": …, "why": …}]}, at most 1000 at once.')
    status: ClassVar[int] = 400


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a gateway says became of a delivery."""

    delivery_id: uuid.UUID
    state: str
    why: str


def read(body: Any) -> tuple[Receipt, ...]:
    """Return the receipts in a decoded body: one, or a list under "receipts". :raises BadReceipt: otherwise."""
    items = body.get("receipts", [body]) if isinstance(body, dict) else None
    if not isinstance(items, list) or len(items) > MOST_AT_ONCE:
        raise BadReceipt
    found = []
    for item in items:
        if not isinstance(item, dict) or not isinstance(state := item.get("state"), str) or state not in rules.RECEIPTS:
            raise BadReceipt
        try:
            number = uuid.UUID(str(item.get("id", "")))
        except ValueError as error:
            raise BadReceipt from error
        found.append(Receipt(number, state, str(item.get("why", "")).replace("\0", "")[:300]))
    return tuple(found)


def take_receipts(*, channel: str, receipts: Iterable[Receipt], at: datetime) -> int:
    """Enter what a gateway reports; return how many said something new. No actor does this: the signature was checked.

    Repeated, late or for a delivery of another channel, a receipt changes nothing. A temporary failure reported here is
    the gateway's last word, since it has tried for as long as it does; staff may have it tried again.
    """
    taken = 0
    for receipt in receipts:
        with transaction.atomic():
            row = Delivery.objects.select_for_update().filter(pk=receipt.delivery_id, channel=channel).first()
            if row is None or not rules.follows(receipt.state, known=row.state):
                continue
            changes: dict[str, object] = {"state": receipt.state, "due_at": None, "why": receipt.why}
            changes["sent_at"] = row.sent_at or at
            if receipt.state == rules.DELIVERED:
                changes["delivered_at"] = at
            Delivery.objects.filter(pk=row.pk).update(**changes)
            enter(row.pk, changes, at=at, attempt=row.attempts)
            taken += 1
    return taken

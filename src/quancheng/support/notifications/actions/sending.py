"""Carrying deliveries to the gateways, as many as they take, and leaving alone those that do not work."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import rules
from quancheng.support.notifications.adapters import Down, Gateway, Never, NotNow, Outgoing
from quancheng.support.notifications.config import config
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.models import Delivery, DeliveryEvent, GatewayState
from quancheng.support.notifications.queries import wishes
from quancheng.support.notifications.queries.ledger import RETRIABLE, NoSuchDelivery

STALE = timedelta(hours=72)


class NotToBeRetried(Refusal):
    """Trying again is pointless: it arrived, is still under way, or goes out with a digest."""

    code: ClassVar[str] = "notifications.not-to-be-retried"
    message = _("This delivery cannot be tried again: it has arrived, is still under way, or belongs to a digest.")


def send_due(*, channel: str, gateway: Gateway, now: datetime, limit: int = 20) -> int:
    """Hand the deliveries of a channel that are due to its gateway; return how many were tried.

    A delivery is taken by one worker with a conditional update, sent outside any transaction and settled afterwards. A
    worker that dies in between leaves it "sending"; after the lease it is taken again under the same id, so that the
    gateway knows it. Delivery is nobody's act, so the trail does not hear of it.
    """
    _recover(channel, now)
    waiting = Delivery.objects.filter(
        channel=channel, due_at__lte=now, state__in=rules.WAITING, carrier=None, bundle=""
    ).order_by("due_at", "id")
    due = list(waiting.values_list("pk", "state")[:limit])
    tried = 0
    for delivery_id, state in due[: _allowed(channel, now, wanted=len(due))] if due else ():
        taken = Delivery.objects.filter(pk=delivery_id, state=state, due_at__lte=now).update(
            state=rules.SENDING, taken_at=now, due_at=None, attempts=F("attempts") + 1
        )
        if not taken:
            continue
        delivery = Delivery.objects.get(pk=delivery_id)
        if _wait_for_morning(delivery, former=state, now=now):
            continue
        tried += 1
        if not _send(delivery, gateway=gateway, now=now):
            break
    return tried


def _allowed(channel: str, now: datetime, *, wanted: int) -> int:
    """Take as many of the gateway's permits as it has, at most `wanted`; one for a trial after a rest."""
    with transaction.atomic():
        GatewayState.objects.get_or_create(channel=channel)
        row = GatewayState.objects.select_for_update().get(channel=channel)
        if row.rests_until is not None and row.rests_until > now:
            return 0
        per_second = config.per_second(channel)
        seconds = (now - row.counted_at).total_seconds() if row.counted_at else 3600.0
        tokens = rules.tokens_now(tokens=row.tokens, seconds=seconds, per_second=per_second)
        allowed = min(wanted, int(tokens), 1 if row.rests_until is not None else wanted)
        row.tokens, row.counted_at = tokens - allowed, now
        row.save(update_fields=["tokens", "counted_at"])
    return allowed


def _recover(channel: str, now: datetime) -> None:
    lost = Delivery.objects.filter(channel=channel, state=rules.SENDING, taken_at__lt=now - rules.LEASE)
    _fail(lost.filter(attempts__gte=config.attempts), now=now)
    lost.filter(attempts__lt=config.attempts).update(state=rules.TEMPORARY_FAILURE, due_at=now)


def _wait_for_morning(delivery: Delivery, *, former: str, now: datetime) -> bool:
    """Put back what would ring in the quiet hours, because a gateway was down or another try was due."""
    if delivery.channel not in rules.DISTURBING or delivery.urgent:
        return False
    plan, local = wishes.plan(delivery.account_id), timezone.localtime(now)
    due = rules.next_loud(local, begins=plan.quiet_from, ends=plan.quiet_until)
    if due <= now:
        return False
    Delivery.objects.filter(pk=delivery.pk, state=rules.SENDING, attempts=delivery.attempts).update(
        state=former, due_at=due, attempts=F("attempts") - 1
    )
    return True


def _send(delivery: Delivery, *, gateway: Gateway, now: datetime) -> bool:
    """Send one; return whether the gateway works."""
    try:
        state = gateway.send(
            Outgoing(
                id=str(delivery.pk), to=delivery.to, subject=delivery.subject, text=delivery.text,
                url=delivery.url, urgent=delivery.urgent,
            )
        )  # fmt: skip
    except NotNow as refusal:
        is_down = isinstance(refusal, Down)
        again = rules.next_try(attempts=delivery.attempts, now=now, limit=config.attempts)
        final = rules.TECHNICAL_FAILURE if is_down else rules.TEMPORARY_FAILURE
        settle(delivery, state=rules.TEMPORARY_FAILURE if again else final, at=now, due_at=again, why=str(refusal))
        _note(delivery.channel, at=now, why=str(refusal) if is_down else "")
        return not is_down
    except Never as refusal:
        settle(delivery, state=rules.PERMANENT_FAILURE, at=now, why=str(refusal))
    else:
        settle(delivery, state=state, at=now)
    _note(delivery.channel, at=now)
    return True


def settle(delivery: Delivery, *, state: str, at: datetime, due_at: datetime | None = None, why: str = "") -> bool:
    """Write down what became of a try, for the delivery and all that it carries; return whether it was still ours.

    Only the worker that took it settles it: after the lease somebody else may have it, or a receipt was faster.
    """
    with transaction.atomic():
        changes: dict[str, object] = {"state": state, "due_at": due_at, "why": why[:300]}
        if state in {rules.SENT, rules.PENDING, rules.DELIVERED}:
            changes["sent_at"] = at
        if state == rules.DELIVERED:
            changes["delivered_at"] = at
        mine = Delivery.objects.filter(pk=delivery.pk, state=rules.SENDING, attempts=delivery.attempts)
        if not mine.update(**changes):
            return False
        enter(delivery.pk, changes, at=at, attempt=delivery.attempts)
    return True


def enter(delivery_id: uuid.UUID, changes: dict[str, object], *, at: datetime, attempt: int) -> None:
    """Enter a change in the history, and pass it on to what the delivery carries."""
    Delivery.objects.filter(carrier_id=delivery_id).update(**changes)
    DeliveryEvent.objects.create(
        delivery_id=delivery_id, state=str(changes["state"]), attempt=attempt, at=at, why=str(changes.get("why", ""))
    )


def _note(channel: str, *, at: datetime, why: str = "") -> None:
    """Note whether the gateway works. After several failures in a row it is left alone, each time for longer."""
    if not why:
        GatewayState.objects.filter(channel=channel).update(failures=0, rests_until=None, last_good_at=at)
        return
    with transaction.atomic():
        row = GatewayState.objects.select_for_update().get(channel=channel)
        row.failures, row.last_bad_at, row.why = row.failures + 1, at, why[:300]
        pause = rules.rest(failures=row.failures)
        row.rests_until = at + pause if pause else None
        row.save(update_fields=["failures", "last_bad_at", "why", "rests_until"])


def give_up_stale(*, now: datetime, limit: int = 200) -> int:
    """Give up what should have been handed over three days ago, because its gateway was down all the time."""
    tried = Q(attempts__gt=0, created_at__lt=now - STALE, due_at__lte=now)
    waiting = Delivery.objects.filter(tried | Q(due_at__lt=now - STALE), state__in=rules.WAITING, carrier=None)
    return _fail(waiting.filter(bundle=""), now=now, limit=limit)


def _fail(found: QuerySet[Delivery], *, now: datetime, limit: int = 200) -> int:
    """Enter at most `limit` of those that are still so as failed on our side, with what they carry; return how many."""
    failed, changes = 0, dict[str, object](state=rules.TECHNICAL_FAILURE, due_at=None)
    for delivery_id, attempts in list(found.values_list("pk", "attempts")[:limit]):
        with transaction.atomic():
            if found.filter(pk=delivery_id).update(**changes):
                enter(delivery_id, changes, at=now, attempt=attempts)
                failed += 1
    return failed


def forget_old(*, now: datetime, limit: int = 1000) -> int:
    """Take addresses and texts out of what was settled long ago; return of how many. States and times stay.

    What is no longer needed is not kept: Personal Information Protection Law, article 19.
    """
    old = Delivery.objects.filter(created_at__lt=now - timedelta(days=config.keep_days), due_at=None)
    old = old.exclude(state=rules.SENDING).exclude(text="")
    found = list(old.values_list("pk", flat=True)[:limit])
    # A browser's number says nothing about a person, and tells the lines of one message apart.
    Delivery.objects.filter(pk__in=found).exclude(channel=rules.PUSH).update(to="")
    return Delivery.objects.filter(pk__in=found).update(text="", subject="", url="", why="")


def _of_delivery(*, delivery_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return pmi.Target(subjects=(f"delivery:{delivery_id}",))


@pmi.action("notifications.delivery.retry", scope=_of_delivery)
def retry(*, actor: pmi.Actor, delivery_id: uuid.UUID, at: datetime) -> None:
    """Try a failed delivery again, under its id and to the same address.

    :raises NotToBeRetried: if it has not failed. :raises NoSuchDelivery: if there is none.
    """
    row = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if row is None:
        raise NoSuchDelivery
    if row.carrier_id is not None or row.state not in RETRIABLE or not row.text or row.kind not in kinds.all_kinds():
        raise NotToBeRetried
    row.state, row.due_at, row.attempts, row.why = rules.CREATED, at, 0, ""
    row.save(update_fields=["state", "due_at", "attempts", "why"])
    enter(row.pk, {"state": rules.CREATED, "due_at": at, "why": ""}, at=at, attempt=0)

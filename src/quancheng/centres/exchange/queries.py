"""What flows, what is stuck and what one message went through."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.zones.gateway import public as gateway

from . import rules
from .config import config
from .engine import routes, seals
from .models import Delivery, Message

State = Delivery.State


@dataclass(frozen=True, slots=True)
class Flow:
    """A topic and its traffic. `latency` is the mean time from announcement to effect in the last hour, in seconds."""

    topic: str
    title: str
    ways: tuple[str, ...]
    total: int
    last_hour: int
    waiting: int
    dead: int
    latency: float | None
    slowest: float | None
    last_at: datetime | None

    @property
    def state(self) -> str:
        return "overdue" if self.dead else "normal"


@dataclass(frozen=True, slots=True)
class Stuck:
    """A delivery that was given up or takes too long, or a message that cannot be packed."""

    delivery_id: int | None
    message_id: str
    topic: str
    key: str
    consumer: str
    state: str
    attempts: int
    error: str
    time: datetime
    due_at: datetime | None
    behind: int
    may_resend: bool = False
    may_discard: bool = False

    @property
    def receiver(self) -> str:
        return rules.receiver(self.consumer)


@dataclass(frozen=True, slots=True)
class Line:
    """A message in a list. `state` is delivered, waiting or dead."""

    id: int
    message_id: str
    topic: str
    key: str
    time: datetime
    way: str
    bundle: int | None
    state: str


@dataclass(frozen=True, slots=True)
class DeliveryView:
    id: int
    consumer: str
    state: str
    label: str
    attempts: int
    due_at: datetime
    delivered_at: datetime | None
    error: str
    seconds: float | None
    may_resend: bool = False
    may_discard: bool = False

    @property
    def receiver(self) -> str:
        return rules.receiver(self.consumer)


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message with its proof. `signer` is the name in the certificate, "" if the check failed with `fault`."""

    message_id: str
    topic: str
    title: str
    key: str
    zone: str
    to_zone: str
    organisation: str
    time: datetime
    body: str
    files: dict[str, str]
    bundle: int | None
    packed_at: datetime | None
    hold: str
    is_signed: bool
    signer: str
    fault: str
    deliveries: tuple[DeliveryView, ...]


READ = "exchange.message.read"


class NoSuchMessage(Refusal):
    code = "exchange.no-such-message"
    message = _("There is no such message here.")
    status = 404


def topics() -> dict[str, rules.Topic]:
    """Return every declared topic by name."""
    return routes.topics()


def flows(at: datetime, *, actor: pmi.Actor) -> tuple[Flow, ...]:
    """Return the traffic that the actor may see of every topic declared or used, most used first. Three queries."""
    hour = at - timedelta(hours=1)
    messages: dict[str, Mapping[str, Any]] = {
        row["topic"]: row
        for row in Message.objects.filter(pmi.visible(actor, READ, code="organisation"))
        .order_by()
        .values("topic")
        .annotate(total=Count("pk"), last_hour=Count("pk", filter=Q(time__gte=hour)), last_at=Max("time"))
    }
    taken = F("delivered_at") - F("message__time")
    recent = Q(delivered_at__gte=hour)
    deliveries: dict[str, Mapping[str, Any]] = {
        row["message__topic"]: row
        for row in Delivery.objects.filter(pmi.visible(actor, READ, code="message__organisation"))
        .order_by()
        .values("message__topic")
        .annotate(
            waiting=Count("pk", filter=Q(state=State.PENDING)),
            dead=Count("pk", filter=Q(state=State.DEAD)),
            mean=Avg(taken, filter=recent),
            slowest=Max(taken, filter=recent),
        )
    }
    declared = routes.topics()
    found = [
        _flow(name, declared.get(name, rules.Topic(name)), messages.get(name, {}), deliveries.get(name, {}))
        for name in declared.keys() | messages.keys()
    ]
    return tuple(sorted(found, key=lambda flow: (-flow.last_hour, -flow.total, flow.topic)))


def _flow(name: str, topic: rules.Topic, messages: Mapping[str, Any], deliveries: Mapping[str, Any]) -> Flow:
    mean, slowest = deliveries.get("mean"), deliveries.get("slowest")
    return Flow(
        topic=name,
        title=topic.title,
        ways=tuple(f"{gateway.zone_title(here)} → {gateway.zone_title(there)}" for here, there in sorted(topic.routes)),
        total=messages.get("total", 0),
        last_hour=messages.get("last_hour", 0),
        waiting=deliveries.get("waiting", 0),
        dead=deliveries.get("dead", 0),
        latency=mean.total_seconds() if mean else None,
        slowest=slowest.total_seconds() if slowest else None,
        last_at=messages.get("last_at"),
    )


def stuck(at: datetime, *, actor: pmi.Actor, limit: int = 200) -> tuple[Stuck, ...]:
    """Return what needs a person: given up, overdue and still failing, or held back at the border; oldest first."""
    late = at - timedelta(seconds=config.stuck_after)
    rows = (
        Delivery.objects.filter(pmi.visible(actor, READ, code="message__organisation"))
        .filter(Q(state=State.DEAD) | Q(state=State.PENDING, attempts__gt=0, message__time__lt=late))
        .select_related("message")
        .order_by("pk")[:limit]
    )
    lanes = {row.lane for row in rows if row.lane}
    queued = dict(
        Delivery.objects.filter(lane__in=lanes, state=State.PENDING, attempts=0)
        .order_by()
        .values_list("lane")
        .annotate(Count("pk"))
    )
    decisions = cache(partial(_decisions, actor))
    found = [
        Stuck(
            delivery_id=row.pk,
            message_id=row.message.message_id,
            topic=row.message.topic,
            key=row.message.key,
            consumer=row.consumer,
            state=row.state,
            attempts=row.attempts,
            error=row.error,
            time=row.message.time,
            due_at=row.due_at if row.state == State.PENDING else None,
            behind=queued.get(row.lane, 0),
            **decisions(row.message.organisation),
        )
        for row in rows
    ]
    held = (
        Message.objects.filter(pmi.visible(actor, READ, code="organisation"), bundle=None)
        .exclude(hold="")
        .order_by("pk")[:limit]
    )
    found += [
        Stuck(
            None,
            row.message_id,
            row.topic,
            row.key,
            gateway.zone_title(row.to_zone),
            "HELD",
            0,
            row.hold,
            row.time,
            None,
            0,
        )
        for row in held
    ]
    return tuple(found)


def messages(*, actor: pmi.Actor) -> QuerySet[Message]:
    """Return the messages that `actor` may see, each with whether it was given up or waits."""
    return Message.objects.filter(pmi.visible(actor, READ, code="organisation")).annotate(
        is_dead=Exists(Delivery.objects.filter(message=OuterRef("pk"), state=State.DEAD)),
        is_waiting=Exists(Delivery.objects.filter(message=OuterRef("pk"), state=State.PENDING)),
    )


def lines(rows: Iterable[Message]) -> tuple[Line, ...]:
    """Return the lines of a list for these messages."""
    return tuple(_line(row) for row in rows)


def _line(row: Message) -> Line:
    ways = [row.zone, *([row.to_zone] if row.to_zone else [])]
    waiting = row.is_waiting or bool(row.to_zone and row.bundle is None)  # type: ignore[attr-defined]
    state = "dead" if row.is_dead else "waiting" if waiting else "delivered"  # type: ignore[attr-defined]
    way = " → ".join(gateway.zone_title(name) for name in ways)
    return Line(row.pk, row.message_id, row.topic, row.key, row.time, way, row.bundle, state)


def _target(*, message_id: str) -> pmi.Target:
    code = Message.objects.filter(message_id=message_id).values_list("organisation", flat=True).first()
    return pmi.Target(organisation=pmi.placed(code or ""), subjects=(f"message:{message_id}",))


@pmi.reading(READ, scope=_target)
def message(*, actor: pmi.Actor, message_id: str) -> MessageView:
    """Return one message with content, proof and deliveries; the look is entered in the trail.

    :raises NoSuchMessage: if there is none.
    """
    row = Message.objects.filter(message_id=message_id).first()
    if row is None:
        raise NoSuchMessage
    signer, fault = "", ""
    if row.signature:
        try:
            signer = seals.verify_message(row.body.encode(), row.signature, row.organisation)
        except Refusal as refusal:
            fault = str(refusal)
    return MessageView(
        message_id=row.message_id,
        topic=row.topic,
        title=routes.topic(row.topic).title,
        key=row.key,
        zone=gateway.zone_title(row.zone),
        to_zone=gateway.zone_title(row.to_zone),
        organisation=row.organisation,
        time=row.time,
        body=json.dumps(json.loads(row.body), indent=2, ensure_ascii=False),
        files=row.files,
        bundle=row.bundle,
        packed_at=row.packed_at,
        hold=row.hold,
        is_signed=bool(row.signature),
        signer=signer,
        fault=fault,
        deliveries=tuple(
            _delivery(item, row, _decisions(actor, row.organisation)) for item in row.deliveries.order_by("pk")
        ),
    )


def _decisions(actor: pmi.Actor, code: str) -> dict[str, bool]:
    """Return what `actor` may decide about stuck messages of the organisation `code`."""
    place = pmi.placed(code)
    return {f"may_{verb}": actor.may(f"exchange.message.{verb}", place) for verb in ("resend", "discard")}


def _delivery(item: Delivery, row: Message, decisions: dict[str, bool]) -> DeliveryView:
    return DeliveryView(
        id=item.pk,
        consumer=item.consumer,
        state=item.state,
        label=item.get_state_display(),
        attempts=item.attempts,
        due_at=item.due_at,
        delivered_at=item.delivered_at,
        error=item.error,
        seconds=(item.delivered_at - row.time).total_seconds() if item.delivered_at else None,
        **decisions,
    )

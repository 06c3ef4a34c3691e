"""Questions about deliveries and the gateways that carry them."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.core.paginator import Page, Paginator
from django.db.models import Count, Min, Q
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import rules
from quancheng.support.notifications.config import config
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.models import Channel, Delivery, GatewayState

READ = "notifications.delivery.read"
PAGE_SIZE = 50
MOST_NAMESAKES = 500
FORGOTTEN = "—"
PERIODS = {"1": timedelta(days=1), "7": timedelta(days=7), "30": timedelta(days=30), "all": None}
USUAL = "30"


class NoSuchDelivery(Refusal):
    """The ledger has no line with this id."""

    code: ClassVar[str] = "notifications.no-such-delivery"
    message = _("The ledger has no such line.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is looked for in the ledger; empty means all."""

    state: str = ""
    channel: str = ""
    kind: str = ""
    period: str = USUAL
    search: str = ""


# How look shows a state: by which of its own.
SHOWN = {
    rules.CREATED: "waiting",
    rules.SENDING: "active",
    rules.SENT: "done",
    rules.PENDING: "active",
    rules.DELIVERED: "delivered",
    rules.TEMPORARY_FAILURE: "warning",
    rules.PERMANENT_FAILURE: "failed",
    rules.TECHNICAL_FAILURE: "failed",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to a delivery."""

    at: datetime
    state: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A line of the ledger. What it says to the person is not shown: it is theirs. The address is covered."""

    id: uuid.UUID
    kind: str
    kind_title: str
    version: int
    channel: str
    channel_title: str
    who: str
    to: str
    state: str
    state_title: str
    attempts: int
    created_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    why: str
    bundle: str
    carrier_id: uuid.UUID | None
    steps: tuple[Step, ...] = field(default=())

    @property
    def shown(self) -> str:
        """The state of look's that shows it by icon and colour."""
        return SHOWN[self.state]

    @property
    def may_be_retried(self) -> bool:
        """Whether trying again is something that can be asked for."""
        return self.carrier_id is None and self.state in RETRIABLE and self.to != FORGOTTEN


RETRIABLE = {rules.TEMPORARY_FAILURE, rules.TECHNICAL_FAILURE, rules.PERMANENT_FAILURE}


@dataclass(frozen=True, slots=True)
class Health:
    """How a gateway fares. `state` is good, resting (left alone until `rests_until`), failing or idle."""

    channel: str
    title: str
    state: str
    waiting: int
    oldest_due: datetime | None
    rests_until: datetime | None
    last_good_at: datetime | None
    last_bad_at: datetime | None
    per_second: float
    why: str


def deliveries(actor: pmi.Actor, filters: Filters, *, at: datetime, page: int = 1) -> "Page[DeliveryView]":
    """Return a page of the ledger, the newest first."""
    found = _matching(actor, filters, at=at).select_related("account", "message").order_by("-created_at", "id")
    sheet: Page[Any] = Paginator(found, PAGE_SIZE).get_page(page)
    sheet.object_list = [_view(row) for row in sheet.object_list]
    return sheet


def counts(actor: pmi.Actor, filters: Filters, *, at: datetime) -> Mapping[str, int]:
    """Return how many deliveries of each state match the other filters."""
    found = _matching(actor, filters, at=at, but_state=True).order_by().values_list("state").annotate(n=Count("pk"))
    return dict(found)


def delivery(actor: pmi.Actor, delivery_id: uuid.UUID) -> DeliveryView:
    """Return one line of the ledger with its history. :raises NoSuchDelivery: if there is none."""
    visible = Delivery.objects.filter(pmi.visible(actor, READ)).select_related("account", "message")
    row = visible.filter(pk=delivery_id).first()
    if row is None:
        raise NoSuchDelivery
    events = row.events.all() if row.carrier_id is None else Delivery.objects.get(pk=row.carrier_id).events.all()
    steps = tuple(Step(one.at, SHOWN[one.state], str(one.get_state_display()), one.why) for one in events)
    return _view(row, (Step(row.created_at, SHOWN[rules.CREATED], str(_("Entered in the ledger")), ""), *steps))


def health(*, at: datetime) -> tuple[Health, ...]:
    """Return how the gateways of this site fare."""
    states = {row.channel: row for row in GatewayState.objects.all()}
    waiting = {
        channel: (number, oldest)
        for channel, number, oldest in Delivery.objects.filter(due_at__lte=at, carrier=None, bundle="")
        .order_by()
        .values_list("channel")
        .annotate(number=Count("pk"), oldest=Min("due_at"))
    }
    found = []
    for channel in rules.CHANNELS:
        if not config.is_on(channel):
            continue
        row = states.get(channel) or GatewayState(channel=channel)
        number, oldest = waiting.get(channel, (0, None))
        state = "good" if row.last_good_at else "idle"
        if row.rests_until and row.rests_until > at:
            state = "resting"
        elif row.failures:
            state = "failing"
        found.append(
            Health(
                channel, str(Channel(channel).label), state, number, oldest, row.rests_until,
                row.last_good_at, row.last_bad_at, config.per_second(channel), row.why if row.failures else "",
            )
        )  # fmt: skip
    return tuple(found)


def covered(channel: str, to: str) -> str:
    """Return an address as the ledger shows it: enough to tell it from others."""
    if not to:
        return FORGOTTEN
    if channel == rules.EMAIL:
        name, _at, host = to.rpartition("@")
        return f"{name[:2]}***@{host}"
    if channel == rules.PUSH:
        return str(_("browser no. %(number)s") % {"number": to})
    return identity.masked_mobile(to)


def _matching(actor: pmi.Actor, filters: Filters, *, at: datetime, but_state: bool = False) -> Any:
    found = Delivery.objects.filter(pmi.visible(actor, READ))
    since = PERIODS.get(filters.period, PERIODS[USUAL])
    if since is not None:
        found = found.filter(created_at__gte=at - since)
    for name in ("channel", "kind"):
        if wanted := getattr(filters, name):
            found = found.filter(**{name: wanted})
    if filters.state and not but_state:
        found = found.filter(state=filters.state)
    if text := filters.search:
        # Whole values only: each is found by an index, however long the ledger is.
        people = get_user_model().objects.filter(Q(name=text) | Q(username=text)).values_list("pk", flat=True)
        wanted = Q(to__in={text, text.lower()}) | Q(account_id__in=list(people[:MOST_NAMESAKES]))
        with suppress(ValueError):
            wanted |= Q(pk=uuid.UUID(text))
        found = found.filter(wanted)
    return found


def _view(row: Delivery, steps: tuple[Step, ...] = ()) -> DeliveryView:
    known = kinds.all_kinds().get(row.kind)
    return DeliveryView(
        id=row.pk,
        kind=row.kind,
        kind_title=known.title if known else row.kind,
        version=row.message.version if row.message else 0,
        channel=row.channel,
        channel_title=str(row.get_channel_display()),
        who=str(row.account),
        to=covered(row.channel, row.to),
        state=row.state,
        state_title=str(row.get_state_display()),
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        why=row.why,
        bundle=row.bundle,
        carrier_id=row.carrier_id,
        steps=steps,
    )

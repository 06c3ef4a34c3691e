"""Local delivery: exactly once in effect, in order per lane, patient with failures, and never lost with the process."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.centres.exchange import actions, queries
from quancheng.centres.exchange.engine import delivery
from quancheng.centres.exchange.engine.transport import Outbox
from quancheng.centres.exchange.models import Delivery, Message
from quancheng.kernel import events
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db

OPERATOR = pmi.Actor(
    id="staff:1", name="Operator", kind="staff",
    grants=tuple(pmi.Grant(f"exchange.message.{verb}") for verb in ("read", "resend", "discard")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung(events.Event):
    topic: ClassVar[str] = "testing.rung"
    bell: str
    number: int

    @property
    def key(self) -> str:
        return self.bell


class Killed(BaseException):
    """Stands for kill -9."""


class Listener:
    """Hears the test topic; its effect is a row, so that it rolls back with the delivery."""

    def __init__(self) -> None:
        self.refuses: set[int] = set()
        self.dies_at: set[int] = set()

    def __call__(self, message: events.Message) -> None:
        number = message.data["number"]
        if number in self.refuses:
            raise RuntimeError("the bell is out of order")
        Effect.create(number)
        if number in self.dies_at:
            self.dies_at.discard(number)
            raise Killed


class Effect:
    """Effects kept in a table of the exchange itself: messages of a topic that nobody hears."""

    @staticmethod
    def create(number: int) -> None:
        events.publish(Echoed(number=number))

    @staticmethod
    def all() -> list[int]:
        rows = Message.objects.filter(topic="testing.echoed").order_by("pk")
        return [events_data(row)["number"] for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Echoed(events.Event):
    topic: ClassVar[str] = "testing.echoed"
    number: int


def events_data(row: Message) -> dict:
    import json

    return json.loads(row.body)["data"]


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    name = "quancheng.testing.bells.subscriptions.hear"
    events.use_transport(Outbox())
    events._handlers["testing.rung"][name] = found
    yield found
    del events._handlers["testing.rung"][name]


def now() -> datetime:
    return datetime.now(UTC)


def ring(*numbers: int, bell: str = "one") -> None:
    with transaction.atomic():
        for number in numbers:
            events.publish(Rung(bell=bell, number=number))


def deliver_all(after: timedelta = timedelta(0), rounds: int = 20) -> None:
    for _ in range(rounds):
        if not delivery.deliver_ready(now() + after):
            break


class TestOutbox:
    def test_forgets_what_the_transaction_takes_back(self, listener):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            events.publish(Rung(bell="one", number=1))
            _ = 1 / 0

        assert not Message.objects.exists()

    def test_tells_nobody_before_the_worker_comes(self, listener):
        ring(1)

        assert Effect.all() == []


class TestDelivery:
    def test_takes_effect_once_however_often_the_worker_comes(self, listener):
        ring(1, 2, 3)

        deliver_all()
        deliver_all()

        assert Effect.all() == [1, 2, 3]

    def test_keeps_the_order_of_a_key_while_other_keys_go_on(self, listener):
        listener.refuses = {1}
        ring(1, 2, bell="one")
        ring(3, 4, bell="two")

        deliver_all()
        assert Effect.all() == [3, 4]

        listener.refuses = set()
        deliver_all(after=timedelta(minutes=10))
        assert Effect.all() == [3, 4, 1, 2]

    def test_waits_longer_after_each_failure_and_gives_up_at_last(self, listener):
        listener.refuses = {1}
        ring(1)
        at, pauses = now(), []

        for _ in range(8):
            delivery.deliver_ready(at)
            row = Delivery.objects.get()
            pauses.append(row.due_at - at)
            at = row.due_at

        assert row.state == Delivery.State.DEAD
        assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8)]
        assert "out of order" in row.error

    def test_that_was_given_up_closes_its_lane_until_it_is_sent_again(self, listener):
        _give_up(listener, 1)
        ring(2)
        deliver_all(after=timedelta(hours=1))
        assert Effect.all() == []

        listener.refuses = set()
        actions.resend(actor=OPERATOR, delivery_id=Delivery.objects.order_by("pk").first().pk, at=now())
        deliver_all()

        assert Effect.all() == [1, 2]

    def test_that_is_discarded_opens_its_lane(self, listener):
        _give_up(listener, 1)
        ring(2)

        actions.discard(actor=OPERATOR, delivery_id=Delivery.objects.order_by("pk").first().pk, reason="twice")
        deliver_all()

        assert Effect.all() == [2]

    def test_that_took_effect_cannot_be_sent_again(self, listener):
        ring(1)
        deliver_all()

        with pytest.raises(actions.NotStuck):
            actions.resend(actor=OPERATOR, delivery_id=Delivery.objects.get().pk, at=now())

    def test_needs_the_privilege_to_be_sent_again(self, listener):
        ring(1)
        stranger = pmi.Actor(id="staff:2", name="Stranger", kind="staff")

        with pytest.raises(pmi.Forbidden):
            actions.resend(actor=stranger, delivery_id=Delivery.objects.get().pk, at=now())

    @settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        rings=st.lists(st.sampled_from(["one", "two"]), min_size=1, max_size=8),
        deaths=st.sets(st.integers(0, 7)),
    )
    def test_survives_a_kill_in_the_middle_of_any_handler(self, listener, rings, deaths):
        Delivery.objects.all().delete()
        Message.objects.all().delete()
        for number, bell in enumerate(rings):
            ring(number, bell=bell)
        listener.dies_at = set(deaths)

        for _ in range(len(deaths) + 1):
            try:
                deliver_all()
            except Killed:
                continue

        assert sorted(Effect.all()) == list(range(len(rings)))
        for bell in ("one", "two"):
            mine = [number for number, rung in enumerate(rings) if rung == bell]
            assert [number for number in Effect.all() if number in mine] == mine


class TestOverview:
    def test_counts_what_flows_and_what_is_given_up(self, listener):
        _give_up(listener, 1)
        ring(2, bell="two")
        deliver_all()

        flow = next(
            flow for flow in queries.flows(now(), actor=pmi.service_actor("exchange")) if flow.topic == "testing.rung"
        )

        assert (flow.last_hour, flow.dead, flow.waiting) == (2, 1, 0)
        assert flow.latency is not None

    def test_names_what_is_stuck_why_and_what_waits_behind_it(self, listener):
        _give_up(listener, 1)
        ring(2, 3)

        (item,) = queries.stuck(now(), actor=pmi.service_actor("exchange"))

        assert (item.state, item.behind) == ("DEAD", 2)
        assert "out of order" in item.error


def _give_up(listener: Listener, number: int) -> None:
    listener.refuses = {number}
    ring(number)
    for hours in range(1, 9):
        delivery.deliver_ready(now() + timedelta(hours=hours))

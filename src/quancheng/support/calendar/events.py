"""What the calendar announces; heard only in the zone where the clock runs."""

from dataclasses import dataclass
from typing import ClassVar

from quancheng.kernel import events


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFact(events.Event):
    """A fact about a clock; days are ISO 8601."""

    clock_id: str
    subject: str
    rule: str
    title: str
    organisation: str
    due_on: str

    @property
    def key(self) -> str:
        return self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockNear(ClockFact):
    """The end of a period has come near; `state` is near or warning."""

    topic: ClassVar[str] = "calendar.clock-near"
    state: str
    remaining_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockExpired(ClockFact):
    """The last day has passed and the clock was not stopped; told once. `on_expiry` is what silence means by law."""

    topic: ClassVar[str] = "calendar.clock-expired"
    on_expiry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRedated(ClockFact):
    """A changed calendar has moved the last day of a running clock."""

    topic: ClassVar[str] = "calendar.clock-redated"
    was_due_on: str
    provisional: bool

"""What the calendar announces: of clocks only in the zone where they run, of days and rules to the other zone too."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

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


@dataclass(frozen=True, slots=True, kw_only=True)
class YearLoaded(events.Event):
    """A year's notice was loaded; `off` and `work` map ISO days to the holiday's name."""

    topic: ClassVar[str] = "calendar.year-loaded"
    year: int
    document: str
    off: dict[str, str] = field(default_factory=dict)
    work: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return str(self.year)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersionAdded(events.Event):
    """A version of a legal rule was added; `said` is what it says: law, article, basis, n, extension, note."""

    topic: ClassVar[str] = "calendar.rule-version-added"
    rule: str
    version: int
    since: str
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.rule

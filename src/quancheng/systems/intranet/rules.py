"""What the home page says, decided on plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Dated(Protocol):
    """Something with a state of its clock: normal, near, warning, overdue or empty."""

    clock_state: str


@dataclass(frozen=True, slots=True)
class Pressure:
    """How many of some tasks press: `soon` counts near and warning together."""

    waiting: int
    soon: int
    overdue: int


def pressure(items: Iterable[Dated], *, total: int) -> Pressure:
    """Return how much presses among `items`, which stand for `total` tasks ordered by what is due first."""
    states = [item.clock_state for item in items]
    return Pressure(total, states.count("near") + states.count("warning"), states.count("overdue"))


def part_of_day(hour: int) -> str:
    """Return how people greet at this hour (0 to 23): morning, noon, afternoon or evening."""
    if 5 <= hour < 11:
        return "morning"
    if 11 <= hour < 13:
        return "noon"
    return "afternoon" if 13 <= hour < 18 else "evening"

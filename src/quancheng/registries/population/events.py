"""What the population register tells the other zone."""

from dataclasses import dataclass
from typing import ClassVar

from quancheng.kernel import events


@dataclass(frozen=True, slots=True, kw_only=True)
class RealNameChecked(events.Event):
    """Whether name and identity number belong together. Nothing else leaves the register for this question."""

    topic: ClassVar[str] = "population.real-name-checked"
    check_id: str
    matches: bool

    @property
    def key(self) -> str:
        return self.check_id

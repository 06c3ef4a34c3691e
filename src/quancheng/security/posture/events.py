"""What posture announces."""

from dataclasses import dataclass
from typing import Any, ClassVar

from quancheng.kernel import events


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewHeld(events.Event):
    """The extranet was reviewed; `reading` is what was found, in every language, as `rules.Reading` has it."""

    topic: ClassVar[str] = "posture.review-held"
    at: str
    reading: dict[str, Any]

    @property
    def key(self) -> str:
        return "posture"

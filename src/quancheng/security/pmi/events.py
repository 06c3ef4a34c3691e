"""What pmi announces."""

from dataclasses import dataclass
from typing import ClassVar

from quancheng.kernel import events


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyTaken(events.Event):
    """Somebody took a privilege in an emergency: those who review such things should know at once."""

    topic: ClassVar[str] = "pmi.emergency-taken"
    emergency_id: str
    actor_name: str
    privilege: str
    organisation: str
    reason: str
    review_by: str

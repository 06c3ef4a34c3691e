"""How one zone asks the other for data: plain facts, usable where the catalogue itself is not."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from quancheng.kernel import events


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsRequested(events.Event):
    """Somebody asked for items about `subject` (an identity number or credit code).

    `items` are full names such as `population.person.name`; `purpose` says what for and is mandatory: a registered
    purpose's code, or plain words. `requester` is {id, name, kind, person}; `person` is the asker's
    own identity number.
    """

    topic: ClassVar[str] = "catalogue.items-requested"
    request_id: str
    items: tuple[str, ...]
    subject: str
    purpose: str
    requester: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsDelivered(events.Event):
    """The answer. `items` maps full names to values, `sources` full names to {source, as_of}, `refused` full names to
    a reason: unknown, not-shared, no-consent, not-here, no-record."""

    topic: ClassVar[str] = "catalogue.items-delivered"
    request_id: str
    items: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.request_id

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(events.Event):
    """A person agreed to a use of their data. `person` is a reference, no number; instants are ISO 8601."""

    topic: ClassVar[str] = "pmi.consent-given"
    consent_id: str
    person: str
    matter: str
    digest: str
    given_at: str
    until: str

    @property
    def key(self) -> str:
        return f"{self.person}/{self.matter}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(events.Event):
    """A person withdrew a consent, or it gave way to a new one."""

    topic: ClassVar[str] = "pmi.consent-withdrawn"
    consent_id: str
    person: str
    matter: str
    withdrawn_at: str

    @property
    def key(self) -> str:
        return f"{self.person}/{self.matter}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLookedUp(events.Event):
    """An office used a person's data on terms by which they are told. `person` is a reference, `at` ISO 8601."""

    topic: ClassVar[str] = "pmi.person-looked-up"
    person: str
    privilege: str
    organisation: str
    purpose: str
    at: str

    @property
    def key(self) -> str:
        return self.person

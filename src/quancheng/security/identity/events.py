"""What identity announces: to the other zone that organisations changed, to the apps above what a person must know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from quancheng.kernel import events


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationsChanged(events.Event):
    """Organisations changed in the intranet; the extranet follows. `kind` is CREATE or one of `Restructuring.Kind`.

    `plan` as in `queries.Plan`; with CREATE {name, short_name, kind, parent, rank}.
    """

    topic: ClassVar[str] = "identity.organisations-changed"
    change_id: str
    kind: str
    organisation: str
    effective_on: str
    document: str = ""
    reason: str = ""
    plan: Mapping[str, Any] = field(default_factory=dict)
    decided_by_name: str = ""

    @property
    def key(self) -> str:
        return "organisations"


@dataclass(frozen=True, slots=True, kw_only=True)
class RealNameAsked(events.Event):
    """A citizen asks whether name and identity number belong together. The answer is yes or no, never data."""

    topic: ClassVar[str] = "identity.real-name-asked"
    check_id: str
    name: str
    identity_number: str

    @property
    def key(self) -> str:
        return self.check_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMade(events.Event):
    """An account was made for a member of the staff."""

    topic: ClassVar[str] = "identity.account-made"
    account_id: str
    username: str
    by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSet(events.Event):
    """Somebody else gave the person a new password, and all their sessions have ended. `at` is ISO 8601."""

    topic: ClassVar[str] = "identity.password-set"
    account_id: str
    by_name: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationMade(events.Event):
    """Somebody may act in a colleague's post for a time. The days are ISO 8601, both included."""

    topic: ClassVar[str] = "identity.delegation-made"
    delegation_id: str
    deputy_id: str
    giver_name: str
    post: str
    valid_from: str
    valid_until: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureDecided(events.Event):
    """Somebody leaves after `last_day` (ISO 8601): posts end on it, signing in on the day after."""

    topic: ClassVar[str] = "identity.departure-decided"
    departure_id: str
    account_id: str
    last_day: str
    by_name: str

"""What identity tells the other zone: that organisations changed."""

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

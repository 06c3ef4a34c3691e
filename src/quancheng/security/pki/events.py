"""What the PKI tells the other zone."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from quancheng.kernel import events


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesRevoked(events.Event):
    """A zone's authority revoked certificates. `authority` and `serials` are serial numbers in hex."""

    topic: ClassVar[str] = "pki.certificates-revoked"
    authority: str
    serials: tuple[str, ...]
    revoked_at: datetime
    reason: str

    @property
    def key(self) -> str:
        return self.authority

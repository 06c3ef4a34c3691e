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


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorWanted(events.Event):
    """The log of `zone` has a checkpoint of `size` and wants a timestamp over its SHA-256 `digest` (hex)."""

    topic: ClassVar[str] = "pki.anchor-wanted"
    zone: str
    size: int
    digest: str

    @property
    def key(self) -> str:
        return self.zone


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorMade(events.Event):
    """The answer to the log of `zone`: a `token` (RFC 3161, base64) over its checkpoint of `size`, or the `problem`."""

    topic: ClassVar[str] = "pki.anchor-made"
    zone: str
    size: int
    token: str = ""
    problem: str = ""

    @property
    def key(self) -> str:
        return self.zone

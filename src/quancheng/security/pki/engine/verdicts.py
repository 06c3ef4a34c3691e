"""What is said of seals on PDF and what that rests on, in plain values.

The modules that make and judge seals bring pyHanko and 20 MB with it; they are loaded when the first seal is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from django.utils.functional import Promise

from quancheng.security.pki.engine import signing

if TYPE_CHECKING:
    from pyhanko_certvalidator import ValidationContext

# Page (from 0; -1 is the last) and the corners left, bottom, right, top in points from the lower left.
Box = tuple[int, float, float, float, float]


class Unsealable(ValueError):
    """A file that cannot be sealed: no PDF, encrypted, or without the page that was asked for."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What a judgement rests on: roots, authorities and revocation lists (DER) that are at hand."""

    roots: tuple[x509.Certificate, ...]
    authorities: tuple[x509.Certificate, ...]
    crls: tuple[bytes, ...]
    arc: str

    def context(self, **more: Any) -> "ValidationContext":
        """Return the pyHanko context for this trust; it never fetches anything."""
        from pyhanko_certvalidator import ValidationContext

        return ValidationContext(
            trust_roots=[signing.to_asn1(item) for item in self.roots],
            other_certs=[signing.to_asn1(item) for item in self.authorities] + list(more.pop("other_certs", ())),
            crls=[*self.crls, *more.pop("crls", ())],
            allow_fetching=False,
            revocation_mode="soft-fail",
            **more,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SealVerdict:
    """One seal on a document. `valid` is intact, trusted and timestamped together."""

    valid: bool
    intact: bool
    trusted: bool
    organisation: str
    name: str
    serial: str
    field: str
    reason: str
    timestamped_at: datetime | None
    problems: tuple[str | Promise, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfVerdict:
    """All seals on a document. `organisation`, `name` and `timestamped_at` are those of the last seal."""

    valid: bool
    intact: bool
    trusted: bool
    organisation: str
    name: str
    serial: str
    timestamped_at: datetime | None
    seals: tuple[SealVerdict, ...]
    problems: tuple[str | Promise, ...]

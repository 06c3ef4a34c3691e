"""Licences: the holder's wallet and what anybody may verify."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from quancheng.security.pmi import public as pmi
from quancheng.systems.hall.models import Licence

SHORT = 12
"""So many characters of a file's digest are enough as a check code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceView:
    """A licence as its holder sees it; `digest` names the sealed PDF."""

    pk: int
    submission_id: UUID
    owner: str
    number: str
    check_code: str
    title: str
    holder_name: str
    holder_code: str
    department: str
    department_name: str
    issued_on: date
    valid_until: date | None
    facts: Mapping[str, Any]
    digest: str
    name: str

    def is_valid_on(self, day: date) -> bool:
        """Test whether the period of validity covers the day."""
        return self.issued_on <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The answer to somebody who checks a licence. `is_full`: the check code fits, so the holder may be named."""

    verdict: Literal["valid", "expired", "unknown"]
    licence: LicenceView | None = None
    is_full: bool = False


def view(row: Licence) -> LicenceView:
    """Return the row as others see it."""
    return LicenceView(
        pk=row.pk,
        submission_id=row.submission_id,
        owner=row.owner,
        number=row.number,
        check_code=row.check_code or row.digest[:SHORT],
        title=row.title,
        holder_name=row.holder_name,
        holder_code=row.holder_code,
        department=row.department,
        department_name=row.department_name,
        issued_on=row.issued_on,
        valid_until=row.valid_until,
        facts=row.facts,
        digest=row.digest,
        name=row.name,
    )


def wallet(*, actor: pmi.Actor) -> tuple[LicenceView, ...]:
    """Return the owner's licences, newest first."""
    return tuple(
        view(row)
        for row in Licence.objects.filter(
            pmi.visible(actor, "hall.licence.read", owner="owner", open_to=("citizen",))
        ).order_by("-issued_on", "number")
    )


def licence(*, licence_id: int) -> LicenceView | None:
    """Return a licence by its row, None if there is none."""
    row = Licence.objects.filter(pk=licence_id).first()
    return view(row) if row else None


def verify(*, number: str, code: str = "", digest: str = "", today: date) -> Verification:
    """Check a number, alone or together with the code printed beside it or the digest of the file.

    A number alone tells only that such a licence was issued: numbers can be guessed, and who holds what is the
    holder's business. A code that does not fit tells nothing.
    """
    for row in Licence.objects.filter(number=number.strip()):
        known = view(row)
        verdict: Literal["valid", "expired"] = "valid" if known.is_valid_on(today) else "expired"
        given = (code or digest).strip().lower().encode()
        if not given:
            return Verification(verdict=verdict, licence=known)
        # Compared in constant time; at least SHORT characters of the digest, so that one letter is no check.
        if hmac.compare_digest(given, known.check_code.lower().encode()) or (
            len(given) >= SHORT and hmac.compare_digest(given, row.digest[: len(given)].encode())
        ):
            return Verification(verdict=verdict, licence=known, is_full=True)
    return Verification(verdict="unknown")


def by_digest(*, digest: str) -> LicenceView | None:
    """Return the licence whose sealed file this is, None if the hall issued no such file."""
    row = Licence.objects.filter(digest=digest).first()
    return view(row) if row else None

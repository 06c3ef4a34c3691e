"""Questions about firms. Looks at a firm are readings: they need the privilege and leave an entry in the trail."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.deliveries import public as deliveries
from quancheng.registries.entities.engine.firms import REGISTER
from quancheng.registries.entities.models import Firm
from quancheng.security.pmi import public as pmi

STATES = dict(Firm.Status.choices)


class UnknownFirm(Refusal):
    code: ClassVar[str] = "entities.unknown-firm"
    message = _("There is no such firm in the register.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmView:
    """A firm with the source of every field and the history."""

    id: UUID
    name: str
    credit_code: str
    fields: tuple[deliveries.FieldView, ...]
    changes: tuple[deliveries.ChangeView, ...]


def _shown(row: Firm, field: str) -> str:
    value = row.get_status_display() if field == "status" else getattr(row, field)
    return value.isoformat() if isinstance(value, date) else str(value or "")


@pmi.reading("entities.firm.read")
def firms(*, actor: pmi.Actor) -> QuerySet[Firm]:
    """Return the firms that `actor` may see."""
    return Firm.objects.filter(pmi.visible(actor, "entities.firm.read"))


@pmi.reading("entities.firm.read", scope=lambda *, firm_id: pmi.Target(subjects=(f"firm:{firm_id}",)))
def firm(*, actor: pmi.Actor, firm_id: UUID) -> FirmView:
    """Return a firm with provenance and history. :raises UnknownFirm:"""
    row = Firm.objects.prefetch_related("sources", "changes__delivery").filter(pk=firm_id).first()
    if row is None:
        raise UnknownFirm
    return FirmView(
        id=row.pk,
        name=row.name,
        credit_code=row.credit_code,
        fields=deliveries.fields(REGISTER, row, shown=_shown),
        changes=deliveries.changes(row),
    )


def facts(*, credit_code: str) -> dict[str, str] | None:
    """Return what the register knows of the firm, None if nothing. For the catalogue, which asks whether one may."""
    row = Firm.objects.filter(credit_code=credit_code.strip().upper()).first()
    if row is None:
        return None
    return {
        "uscc": row.credit_code,
        "name": row.name,
        "representative": row.representative,
        "address": row.address,
        "status": row.status,
        "registered_on": row.registered_on.isoformat() if row.registered_on else "",
    }


def provenance(*, credit_code: str) -> dict[str, dict[str, str]]:
    """Return, by item, {source, as_of} of what the register knows of the firm."""
    row = Firm.objects.prefetch_related("sources").filter(credit_code=credit_code.strip().upper()).first()
    found = deliveries.provenance(row)
    if "credit_code" in found:
        found["uscc"] = found.pop("credit_code")
    return found


def size() -> int:
    """Return how many firms the register knows."""
    return Firm.objects.count()


def searchable(keys: Collection[str] | None) -> Iterator[Firm]:
    """Yield the firms with these ids, or all for None, a portion at a time."""
    rows = Firm.objects.order_by("pk")
    yield from (rows if keys is None else rows.filter(pk__in=list(keys))).iterator(chunk_size=1000)

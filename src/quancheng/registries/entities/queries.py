"""Questions about firms. Looks at a firm are readings: they need the privilege and leave an entry in the trail."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.entities.models import Delivery, Firm
from quancheng.registries.population import public as population
from quancheng.security.pmi import public as pmi

PAGE_SIZE = 50

REASONS: Final[dict[str, Promise]] = {
    "code-characters": _("The credit code must have 18 characters of the standard's alphabet."),
    "code-check": _("A check character of the credit code is wrong."),
    "name-missing": _("The name is missing."),
    "status-unknown": _("The registration status is unknown."),
    "date-wrong": _("The date of registration is no date."),
    "duplicate": _("The record stands twice in the same file."),
}
"""What a clerk reads for the reason of a rejected row."""


class UnknownFirm(Refusal):
    code: ClassVar[str] = "entities.unknown-firm"
    message = _("There is no such firm in the register.")
    status: ClassVar[int] = 404


class UnknownDelivery(Refusal):
    code: ClassVar[str] = "entities.unknown-delivery"
    message = _("There is no such delivery.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmLine:
    """A firm in a list."""

    id: UUID
    name: str
    credit_code: str
    representative: str
    status_title: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmView:
    """A firm with the source of every field and the history."""

    id: UUID
    name: str
    credit_code: str
    fields: tuple[population.FieldView, ...]
    changes: tuple[population.ChangeView, ...]


def _shown(row: Firm, field: str) -> str:
    value = row.get_status_display() if field == "status" else getattr(row, field)
    return value.isoformat() if isinstance(value, date) else str(value or "")


@pmi.reading("entities.firm.read")
def firms(*, actor: pmi.Actor, search: str, page: int | str = 1) -> "Page[FirmLine]":
    """Return a page of firms whose name holds the text or whose code is the text."""
    wanted = search.strip()
    by = Q(name__icontains=wanted) | Q(credit_code=wanted.upper()) if wanted else Q()
    sheet: Any = Paginator(
        Firm.objects.filter(by, pmi.visible(actor, "entities.firm.read")).order_by("name", "credit_code"), PAGE_SIZE
    ).get_page(page)
    sheet.object_list = [
        FirmLine(
            id=row.pk,
            name=row.name,
            credit_code=row.credit_code,
            representative=row.representative,
            status_title=row.get_status_display(),
            address=row.address,
        )
        for row in sheet.object_list
    ]
    return sheet


@pmi.reading("entities.firm.read", scope=lambda *, firm_id: pmi.Target(subjects=(f"firm:{firm_id}",)))
def firm(*, actor: pmi.Actor, firm_id: UUID) -> FirmView:
    """Return a firm with provenance and history. :raises UnknownFirm:"""
    row = Firm.objects.prefetch_related("sources", "changes__delivery").filter(pk=firm_id).first()
    if row is None:
        raise UnknownFirm
    sources = {item.field: item for item in row.sources.all()}
    titles = {item.name: str(item.verbose_name) for item in Firm._meta.fields}
    names = ("credit_code", "name", "representative", "address", "status", "registered_on")
    return FirmView(
        id=row.pk,
        name=row.name,
        credit_code=row.credit_code,
        fields=tuple(
            population.FieldView(
                field=name,
                title=titles[name],
                value=_shown(row, name),
                source_name=sources[name].source_name if name in sources else "",
                as_of=sources[name].as_of if name in sources else None,
            )
            for name in names
        ),
        changes=tuple(
            population.ChangeView(
                title=titles[item.field],
                old=item.old,
                new=item.new,
                at=item.at,
                source_name=item.delivery.source_name,
            )
            for item in row.changes.all()
        ),
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
    found = (
        {item.field: {"source": item.source_name, "as_of": item.as_of.isoformat()} for item in row.sources.all()}
        if (row)
        else {}
    )
    if "credit_code" in found:
        found["uscc"] = found.pop("credit_code")
    return found


def _delivery(row: Delivery) -> population.DeliveryView:
    return population.DeliveryView(
        id=row.pk,
        source_name=row.source_name,
        as_of=row.as_of,
        name=row.name,
        received_at=row.received_at,
        received_by=row.received_by,
        rows=row.rows,
        created=row.created,
        changed=row.changed,
        rejected=row.rejected,
        report=tuple({**item, "reason": str(REASONS.get(item["reason"], item["reason"]))} for item in row.report),
    )


def deliveries(*, actor: pmi.Actor, page: int | str = 1) -> "Page[population.DeliveryView]":
    """Return a page of deliveries, newest first."""
    sheet: Any = Paginator(
        Delivery.objects.filter(pmi.visible(actor, "entities.firm.import")).order_by("-received_at", "-pk"), PAGE_SIZE
    ).get_page(page)
    sheet.object_list = [_delivery(row) for row in sheet.object_list]
    return sheet


def delivery(*, delivery_id: int) -> population.DeliveryView:
    """Return a delivery with its rejected rows. :raises UnknownDelivery:"""
    row = Delivery.objects.filter(pk=delivery_id).first()
    if row is None:
        raise UnknownDelivery
    return _delivery(row)


def size() -> int:
    """Return how many firms the register knows."""
    return Firm.objects.count()

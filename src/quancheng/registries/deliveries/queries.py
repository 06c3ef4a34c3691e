"""What a register's pages show of its deliveries, and of the provenance of a record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.deliveries.engine.register import Register
from quancheng.security.pmi import public as pmi


class UnknownDelivery(Refusal):
    code: ClassVar[str] = "deliveries.unknown"
    message = _("There is no such delivery.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A field with where it comes from; `as_of` None when nobody delivered it."""

    field: str
    title: str
    value: str
    source_name: str
    as_of: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """A change of a field."""

    title: str
    old: str
    new: str
    at: datetime
    source_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """A delivery; `report` [{row, key, reason (translated)}]."""

    id: int
    source_name: str
    as_of: date
    name: str
    received_at: datetime
    received_by: str
    rows: int
    created: int
    changed: int
    rejected: int
    report: tuple[Mapping[str, Any], ...]


def reason(register: Register, code: str) -> str:
    """Return what a clerk reads for the reason of a rejected row."""
    return str(register.reasons.get(code, code))


def deliveries(register: Register, *, actor: pmi.Actor) -> QuerySet[Any]:
    """Return the deliveries of a register that `actor` may see."""
    return register.tables.delivery._default_manager.filter(pmi.visible(actor, register.privilege))


def delivery(register: Register, *, delivery_id: int) -> DeliveryView:
    """Return a delivery with its rejected rows. :raises UnknownDelivery:"""
    row = register.tables.delivery._default_manager.filter(pk=delivery_id).first()
    if row is None:
        raise UnknownDelivery
    return _view(register, row)


def _view(register: Register, row: Any) -> DeliveryView:
    return DeliveryView(
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
        report=tuple({**item, "reason": reason(register, item["reason"])} for item in row.report),
    )


def _titles(row: Any) -> dict[str, str]:
    return {item.name: str(item.verbose_name) for item in row._meta.fields}


def fields(register: Register, row: Any, *, shown: Callable[[Any, str], str]) -> tuple[FieldView, ...]:
    """Return the register's fields of a record with their sources; `shown` says how a value is written."""
    sources, titles = {item.field: item for item in row.sources.all()}, _titles(row)
    return tuple(
        FieldView(
            field=name,
            title=titles[name],
            value=shown(row, name),
            source_name=sources[name].source_name if name in sources else "",
            as_of=sources[name].as_of if name in sources else None,
        )
        for name in register.tables.fields
    )


def changes(row: Any) -> tuple[ChangeView, ...]:
    """Return the history of a record, newest first."""
    titles = _titles(row)
    return tuple(
        ChangeView(
            title=titles[item.field], old=item.old, new=item.new, at=item.at, source_name=item.delivery.source_name
        )
        for item in row.changes.all()
    )


def provenance(row: Any) -> dict[str, dict[str, str]]:
    """Return, by field, {source, as_of} of what is known of a record; nothing of a record that is None."""
    sources: Any = row.sources.all() if row else ()
    return {item.field: {"source": item.source_name, "as_of": item.as_of.isoformat()} for item in sources}

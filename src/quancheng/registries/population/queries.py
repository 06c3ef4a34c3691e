"""Questions about people. Looks at a person are readings: they need the privilege and leave an entry in the trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.population.models import Delivery, Person
from quancheng.security.pmi import public as pmi

PAGE_SIZE = 50

REASONS: Final[dict[str, Promise]] = {
    "number-length": _("The identity number must have 18 characters."),
    "number-check": _("The check character of the identity number is wrong."),
    "number-date": _("The birth date in the identity number does not exist."),
    "number-range": _("The birth date in the identity number is out of range."),
    "name-missing": _("The name is missing."),
    "sex-differs": _("The sex contradicts the identity number."),
    "birth-differs": _("The birth date contradicts the identity number."),
    "division-unknown": _("The division code is unknown."),
    "duplicate": _("The record stands twice in the same file."),
}
"""What a clerk reads for the reason of a rejected row."""


class UnknownPerson(Refusal):
    code: ClassVar[str] = "population.unknown-person"
    message = _("There is no such person in the register.")
    status: ClassVar[int] = 404


class UnknownDelivery(Refusal):
    code: ClassVar[str] = "population.unknown-delivery"
    message = _("There is no such delivery.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """A person in a list."""

    id: UUID
    name: str
    identity_number: str
    sex_title: str
    born_on: date
    address: str


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
class PersonView:
    """A person with the source of every field and the history."""

    id: UUID
    name: str
    identity_number: str
    fields: tuple[FieldView, ...]
    changes: tuple[ChangeView, ...]


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


def _shown(row: Person, field: str) -> str:
    value = row.get_sex_display() if field == "sex" else getattr(row, field)
    return value.isoformat() if isinstance(value, date) else str(value)


@pmi.reading("population.person.read")
def people(*, actor: pmi.Actor, search: str, page: int | str = 1) -> "Page[PersonLine]":
    """Return a page of people whose name begins with the text or whose identity number is the text.

    Part of a number finds nobody, and an empty search lists nobody: the register is asked, not browsed.
    """
    wanted = search.strip()
    by = Q(name__startswith=wanted) | Q(identity_number=wanted.upper()) if wanted else Q(pk__in=[])
    sheet: Any = Paginator(
        Person.objects.filter(by, pmi.visible(actor, "population.person.read")).order_by("name", "identity_number"),
        PAGE_SIZE,
    ).get_page(page)
    sheet.object_list = [
        PersonLine(
            id=row.pk,
            name=row.name,
            identity_number=row.identity_number,
            sex_title=row.get_sex_display(),
            born_on=row.born_on,
            address=row.address,
        )
        for row in sheet.object_list
    ]
    return sheet


@pmi.reading("population.person.read", scope=lambda *, person_id: pmi.Target(subjects=(f"person:{person_id}",)))
def person(*, actor: pmi.Actor, person_id: UUID) -> PersonView:
    """Return a person with provenance and history. :raises UnknownPerson:"""
    row = Person.objects.prefetch_related("sources", "changes__delivery").filter(pk=person_id).first()
    if row is None:
        raise UnknownPerson
    sources = {item.field: item for item in row.sources.all()}
    titles = {item.name: str(item.verbose_name) for item in Person._meta.fields}
    names = ("identity_number", "name", "sex", "born_on", "address", "division")
    return PersonView(
        id=row.pk,
        name=row.name,
        identity_number=row.identity_number,
        fields=tuple(
            FieldView(
                field=name,
                title=titles[name],
                value=_shown(row, name),
                source_name=sources[name].source_name if name in sources else "",
                as_of=sources[name].as_of if name in sources else None,
            )
            for name in names
        ),
        changes=tuple(
            ChangeView(
                title=titles[item.field],
                old=item.old,
                new=item.new,
                at=item.at,
                source_name=item.delivery.source_name,
            )
            for item in row.changes.all()
        ),
    )


def facts(*, identity_number: str) -> dict[str, str] | None:
    """Return what the register knows of the person with this number, None if nothing. For the catalogue, which asks
    whether the asker may."""
    row = Person.objects.filter(identity_number=identity_number.strip().upper()).first()
    if row is None:
        return None
    return {
        "identity_number": row.identity_number,
        "name": row.name,
        "sex": row.sex,
        "born_on": row.born_on.isoformat(),
        "address": row.address,
        "division": row.division,
    }


def provenance(*, identity_number: str) -> dict[str, dict[str, str]]:
    """Return, by field, {source, as_of} of what the register knows of the person."""
    row = Person.objects.prefetch_related("sources").filter(identity_number=identity_number.strip().upper()).first()
    sources: Any = row.sources.all() if row else ()
    return {item.field: {"source": item.source_name, "as_of": item.as_of.isoformat()} for item in sources}


def _delivery(row: Delivery) -> DeliveryView:
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
        report=tuple({**item, "reason": str(REASONS.get(item["reason"], item["reason"]))} for item in row.report),
    )


def deliveries(*, actor: pmi.Actor, page: int | str = 1) -> "Page[DeliveryView]":
    """Return a page of deliveries, newest first."""
    sheet: Any = Paginator(
        Delivery.objects.filter(pmi.visible(actor, "population.person.import")).order_by("-received_at", "-pk"),
        PAGE_SIZE,
    ).get_page(page)
    sheet.object_list = [_delivery(row) for row in sheet.object_list]
    return sheet


def delivery(*, delivery_id: int) -> DeliveryView:
    """Return a delivery with its rejected rows. :raises UnknownDelivery:"""
    row = Delivery.objects.filter(pk=delivery_id).first()
    if row is None:
        raise UnknownDelivery
    return _delivery(row)


def size() -> int:
    """Return how many people the register knows."""
    return Person.objects.count()

"""Questions about people. Looks at a person are readings: they need the privilege and leave an entry in the trail."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.deliveries import public as deliveries
from quancheng.registries.population.engine.people import REGISTER
from quancheng.registries.population.models import Person
from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look


class UnknownPerson(Refusal):
    code: ClassVar[str] = "population.unknown-person"
    message = _("There is no such person in the register.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """A person with the source of every field and the history."""

    id: UUID
    name: str
    identity_number: str
    fields: tuple[deliveries.FieldView, ...]
    changes: tuple[deliveries.ChangeView, ...]


def _shown(row: Person, field: str) -> str:
    value = row.get_sex_display() if field == "sex" else getattr(row, field)
    return value.isoformat() if isinstance(value, date) else str(value)


def _masked(found: PersonView) -> PersonView:
    """Return the person as somebody sees them whose grant obliges to it (pmi.Obligation.MASK)."""
    return replace(
        found,
        name=look.veiled(found.name),
        identity_number=look.veiled(found.identity_number),
        fields=tuple(replace(one, value=look.veiled(one.value)) for one in found.fields),
        changes=tuple(replace(one, old=look.veiled(one.old), new=look.veiled(one.new)) for one in found.changes),
    )


# The table that shows the people who were found masks them itself.
@pmi.reading("population.person.read", mask=lambda found: found)
def people(*, actor: pmi.Actor, search: str) -> QuerySet[Person]:
    """Return the people whose name begins with the text or whose identity number is the text.

    Part of a number finds nobody, and an empty search lists nobody: the register is asked, not browsed.
    """
    wanted = search.strip()
    by = Q(name__startswith=wanted) | Q(identity_number=wanted.upper()) if wanted else Q(pk__in=[])
    return Person.objects.filter(by, pmi.visible(actor, "population.person.read"))


@pmi.reading(
    "population.person.read",
    scope=lambda *, person_id: pmi.Target(subjects=(f"person:{person_id}",)),
    mask=_masked,
)
def person(*, actor: pmi.Actor, person_id: UUID) -> PersonView:
    """Return a person with provenance and history. :raises UnknownPerson:"""
    row = Person.objects.prefetch_related("sources", "changes__delivery").filter(pk=person_id).first()
    if row is None:
        raise UnknownPerson
    return PersonView(
        id=row.pk,
        name=row.name,
        identity_number=row.identity_number,
        fields=deliveries.fields(REGISTER, row, shown=_shown),
        changes=deliveries.changes(row),
    )


def references(subjects: Iterable[str]) -> set[str]:
    """Return whom subjects such as `person:<id>` are about, as pmi refers to people when it asks for their consent."""
    ids = {name.removeprefix("person:") for name in subjects if name.startswith("person:")}
    known = set()
    for key in ids:
        with suppress(ValueError):
            known.add(UUID(key))
    numbers = Person.objects.filter(pk__in=known).values_list("identity_number", flat=True) if known else ()
    return {pmi.reference(number) for number in numbers}


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
    return deliveries.provenance(row)


def size() -> int:
    """Return how many people the register knows."""
    return Person.objects.count()

"""The directory for departments' older systems: who serves where, as far as the caller's privilege reaches."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from quancheng.security.identity.models import Account, Organisation
from quancheng.security.identity.queries.people import UnknownAccount, _seen
from quancheng.security.identity.queries.places import UnknownOrganisation, appointments_on, valid_on
from quancheng.security.pmi import public as pmi

READ = "identity.directory.read"


@dataclass(frozen=True, slots=True)
class Service:
    """A post that somebody holds today. `roles` are pairs of code and title."""

    code: str
    organisation: str
    post: str
    roles: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the staff as the directory tells: neither identity number nor mobile number."""

    id: uuid.UUID
    username: str
    name: str
    email: str
    active: bool
    created_at: datetime
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class Office:
    """An organisation with those who serve directly in it today, as pairs of account id and name."""

    code: str
    name: str
    members: tuple[tuple[str, str], ...]


def _one(*, account_id: uuid.UUID) -> pmi.Target:
    return pmi.Target(subjects=(f"account:{account_id}",))


@pmi.reading(READ, scope=_one)
def read_person(*, actor: pmi.Actor, account_id: uuid.UUID) -> Person:
    """Return one member of the staff. :raises UnknownAccount: if there is none that the actor may see."""
    found = _people(_staff(actor).filter(pk=account_id))
    if not found:
        raise UnknownAccount
    return found[0]


@pmi.reading(READ)
def read_people(
    *, actor: pmi.Actor, username: str = "", start: int = 0, most: int | None = None
) -> tuple[int, tuple[Person, ...]]:
    """Return how many of the staff the actor may see, and those from `start` on by user name, `most` of them.

    With a `username` only whoever has it, whatever the capitals.
    """
    found = _staff(actor).order_by("username")
    if username:
        found = found.filter(username__iexact=username)
    return found.count(), _people(found[start : None if most is None else start + most])


@pmi.reading(READ)
def read_offices(*, actor: pmi.Actor, code: str = "") -> tuple[Office, ...]:
    """Return the organisations of today that the actor may see, or the one with that code.

    :raises UnknownOrganisation: if there is none with the code.
    """
    today = timezone.localdate()
    seen = pmi.visible(actor, READ, organisation="path")
    found = Organisation.objects.filter(valid_on(today), seen).order_by("path")
    found = found.filter(code=code) if code else found
    members: dict[uuid.UUID, dict[str, str]] = {}
    serving = appointments_on(today).filter(post__organisation__in=found, account__kind=Account.Kind.STAFF)
    for place, key, name in serving.order_by("account__username").values_list(
        "post__organisation_id", "account_id", "account__name"
    ):
        members.setdefault(place, {})[str(key)] = name
    offices = tuple(Office(item.code, item.name, tuple(members.get(item.pk, {}).items())) for item in found)
    if code and not offices:
        raise UnknownOrganisation(code=code)
    return offices


def _staff(actor: pmi.Actor) -> "QuerySet[Account]":
    return Account.objects.filter(_seen(actor, READ), Q(kind=Account.Kind.STAFF))


def _people(found: "QuerySet[Account]") -> tuple[Person, ...]:
    rows = list(found)
    held: dict[uuid.UUID, list[Service]] = {}
    serving = appointments_on(timezone.localdate(), active_only=False).filter(account__in=[row.pk for row in rows])
    for item in (
        serving.select_related("post__organisation")
        .prefetch_related("post__roles")
        .order_by("valid_from", "post__title")
    ):
        place = item.post.organisation
        roles = tuple((role.code, role.title) for role in item.post.roles.all())
        held.setdefault(item.account_id, []).append(Service(place.code, place.name, item.post.title, roles))
    return tuple(
        Person(
            row.pk, row.username, row.name or row.username, row.email, row.is_active, row.date_joined,
            tuple(held.get(row.pk, ())),
        )
        for row in rows
    )  # fmt: skip

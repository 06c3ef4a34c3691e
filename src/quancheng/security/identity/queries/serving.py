"""In which posts somebody serves, their own and those delegated to them, and what that lets them do."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from django.db.models import DateField, Exists, OuterRef, Q, QuerySet, UUIDField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.kernel.statements import Parameter, Statement
from quancheng.security.identity import rules
from quancheng.security.identity.models import Account, Appointment, Delegation
from quancheng.security.identity.queries.people import UnknownAccount, account_of
from quancheng.security.identity.queries.places import appointments_on, valid_on
from quancheng.security.pmi import public as pmi


class UnknownDelegation(Refusal):
    code = "identity.unknown-delegation"
    message = _("There is no such delegation.")
    status = 404


@dataclass(frozen=True, slots=True)
class Seat:
    """A post in which somebody may act. `key` names it in the session; `on_behalf_of` is set when it was delegated."""

    key: str
    post: str
    organisation: str
    organisation_name: str
    until: date | None
    on_behalf_of: str = ""
    on_behalf_of_name: str = ""


@dataclass(frozen=True, slots=True)
class DelegationView:
    """A delegation as both sides see it. `state` is coming, running, past or ended."""

    id: uuid.UUID
    giver_id: uuid.UUID
    giver: str
    deputy_id: uuid.UUID
    deputy: str
    post: str
    organisation: str
    organisation_name: str
    valid_from: date
    valid_until: date
    reason: str
    state: str

    @property
    def can_end(self) -> bool:
        """Whether there is anything left to end."""
        return self.state in {"coming", "running"}


@dataclass(frozen=True, slots=True)
class Duty:
    """What somebody serves as today: an appointment, or a delegation, which is in the name of its giver."""

    id: uuid.UUID
    post: str
    organisation: str
    organisation_name: str
    role_codes: tuple[str, ...]
    until: date | None
    giver_id: str = ""
    giver_name: str = ""


def actor_for(account: Account, at: datetime | None = None, *, seat: str = "") -> pmi.Actor:
    """Return what `account` may do at `at` (now when None), in two queries, or three with delegated posts.

    The grants are the union, over the appointments and organisations valid on that day, of the privileges of the post's
    roles at the organisation's path, and of those of the posts that others have delegated. `seat` narrows them to one
    of the seats; one that is over counts as none. `organisation` is where the person has served longest, or the
    seat's. Being a superuser grants nothing here: it opens Django's administration only.
    """
    if not account.is_active:
        return pmi.ANONYMOUS
    rows = _rows(account, timezone.localdate(at)) if account.kind == Account.Kind.STAFF else []
    chosen = [row for row in rows if row.key == seat] if seat else []
    alone = chosen[0] if chosen else None
    first = next(iter(chosen or rows), None)
    grants = {
        (grant.privilege, grant.organisation, grant.terms, row.giver): grant
        for row in reversed(chosen or rows)
        # What was recorded before the organisation moved or took over another stands at those paths still.
        for path in (row.path, *row.former)
        for grant in pmi.grants(
            row.privileges,
            row.terms,
            path,
            role=row.role or "",
            post=row.post,
            on_behalf_of=row.giver,
            on_behalf_of_name=row.giver_name,
        )
    }
    person = account.person
    return pmi.Actor(
        id=account.actor_id,
        name=account.name or account.username,
        kind=cast("pmi.Kind", account.kind),
        organisation=first.path if first else "",
        organisation_name=first.place if first else "",
        post=first.post if first else "",
        grants=tuple(reversed(grants.values())),
        person=(person.identity_number or str(person.pk)) if person else "",
        on_behalf_of=alone.giver if alone else "",
        on_behalf_of_name=alone.giver_name if alone else "",
        seat=alone.key if alone else "",
        at=timezone.localtime(at),
    )


def actor(actor_id: uuid.UUID | str) -> pmi.Actor:
    """Return the actor of an account by its id or its actor's id. :raises UnknownAccount: if there is none."""
    return actor_for(account_of(actor_id))


def actor_of(username: str) -> pmi.Actor:
    """Return the actor of the account `username`. :raises UnknownAccount: if there is none."""
    found = Account.objects.filter(username=username).first()
    if found is None:
        raise UnknownAccount
    return actor_for(found)


def seats(account_id: uuid.UUID | str) -> tuple[Seat, ...]:
    """Return the posts in which the account may act today, its own before those delegated to it."""
    key, today = account_of(account_id).pk, timezone.localdate()
    own = appointments_on(today).filter(account_id=key).select_related("post__organisation")
    lent = running(today).filter(deputy_id=key).select_related("post__organisation", "giver")
    return (
        *(
            Seat(own_key(item.post_id), item.post.title, place.path, place.name, item.valid_until)
            for item in own.order_by("valid_from", "post__title")
            if (place := item.post.organisation)
        ),
        *(
            Seat(
                lent_key(item.pk), item.post.title, place.path, place.name, item.valid_until,
                item.giver.actor_id, item.giver.name,
            )
            for item in lent.order_by("valid_from", "post__title")
            if (place := item.post.organisation)
        ),
    )  # fmt: skip


def delegations(account_id: uuid.UUID | str) -> tuple[tuple[DelegationView, ...], tuple[DelegationView, ...]]:
    """Return the delegations that the account has given and those that it holds, the latest first."""
    key = account_of(account_id).pk
    found = Delegation.objects.select_related("giver", "deputy", "post__organisation").order_by("-valid_from", "id")
    views = [_view(item) for item in found.filter(Q(giver_id=key) | Q(deputy_id=key))]
    return tuple(item for item in views if item.giver_id == key), tuple(item for item in views if item.deputy_id == key)


def delegation(delegation_id: uuid.UUID) -> DelegationView:
    """Return one delegation. :raises UnknownDelegation: if there is none."""
    found = Delegation.objects.select_related("giver", "deputy", "post__organisation").filter(pk=delegation_id).first()
    if found is None:
        raise UnknownDelegation
    return _view(found)


def colleagues(account_id: uuid.UUID | str) -> list[tuple[str, str]]:
    """Return who serves in the same departments as the account today, without itself: pairs of account id and name."""
    own = account_of(account_id)
    departments = {rules.department(seat.organisation) for seat in seats(own.pk) if not seat.on_behalf_of}
    within = Q(pk__in=[])
    for department in departments:
        within |= Q(post__organisation__path__startswith=department)
    found = appointments_on(timezone.localdate()).filter(within, account__kind=Account.Kind.STAFF)
    names: dict[str, str] = {}
    for item in found.exclude(account=own).select_related("account", "post").order_by("account__name", "post__title"):
        names.setdefault(str(item.account_id), f"{item.account.name} · {item.post.title}")
    return list(names.items())


def duties(account_id: uuid.UUID | str) -> tuple[Duty, ...]:
    """Return what the account serves as today, the own appointments first; nothing of one that is switched off."""
    account, today = account_of(account_id), timezone.localdate()
    if not account.is_active:
        return ()
    own = appointments_on(today).filter(account=account)
    lent = running(today).filter(deputy=account).select_related("giver")
    held: list[Appointment | Delegation] = [
        item
        for found in (own, lent)
        for item in found.select_related("post__organisation").prefetch_related("post__roles").order_by(*_ORDER[:3])
    ]
    return tuple(
        Duty(
            id=item.pk,
            post=item.post.title,
            organisation=item.post.organisation.path,
            organisation_name=item.post.organisation.name,
            role_codes=tuple(role.code for role in item.post.roles.all()),
            until=item.valid_until,
            giver_id=item.giver.actor_id if isinstance(item, Delegation) else "",
            giver_name=item.giver.name if isinstance(item, Delegation) else "",
        )
        for item in held
    )


def running(day: date) -> "QuerySet[Delegation]":
    """Return the delegations that count on `day`: neither over nor ended, and their giver holds the post still."""
    held = appointments_on(day).filter(account_id=OuterRef("giver_id"), post_id=OuterRef("post_id"))
    return Delegation.objects.filter(valid_on(day), Exists(held), ended_at=None)


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    path: str
    place: str
    post: str
    role: str | None
    privileges: list[str] | None
    terms: dict[str, Any] | None
    former: Sequence[str] = ()
    giver: str = ""
    giver_name: str = ""


_OF_POST = ("post__organisation__path", "post__organisation__name", "post__title", "post__roles__title")
_OF_ROLE = ("post__roles__privileges", "post__roles__terms")
_COLUMNS = ("post_id", *_OF_POST, *_OF_ROLE, "post__organisation__former_paths")
_ORDER = ("valid_from", "post__organisation__path", "post__title", "post__roles__code")
_DAY, _ACCOUNT = Parameter("day", DateField()), Parameter("account", UUIDField())
# Every request of every clerk asks these two.
_OWN = Statement(lambda: appointments_on(_DAY).filter(account_id=_ACCOUNT).order_by(*_ORDER).values_list(*_COLUMNS))
_LENT = Statement(
    lambda: (
        Delegation.objects.filter(valid_on(_DAY), deputy_id=_ACCOUNT, ended_at=None)
        .order_by(*_ORDER)
        .values_list("id", "giver_id", "giver__name", *_COLUMNS)
    )
)


def _rows(account: Account, day: date) -> list[_Row]:
    """Return a row for every role of every post, own ones before delegated ones, the longest held first."""
    rows = [_Row(own_key(post), *facts) for post, *facts in _OWN.rows(day=day, account=account.pk)]
    if found := _LENT.rows(day=day, account=account.pk):
        givers = {giver for _id, giver, *_rest in found}
        held = set(appointments_on(day).filter(account_id__in=givers).values_list("account_id", "post_id"))
        rows += [
            replace(_Row(lent_key(key), *facts), giver=f"account:{giver}", giver_name=name)
            for key, giver, name, post, *facts in found
            if (giver, post) in held
        ]
    return rows


def own_key(post_id: uuid.UUID) -> str:
    """Return the key of the seat of whoever holds the post."""
    return f"post:{post_id}"


def lent_key(delegation_id: uuid.UUID) -> str:
    """Return the key of the seat of whoever acts by this delegation."""
    return f"delegation:{delegation_id}"


def _view(item: Delegation) -> DelegationView:
    today = timezone.localdate()
    if item.ended_at:
        state = "ended"
    elif item.valid_until < today:
        state = "past"
    else:
        state = "coming" if item.valid_from > today else "running"
    return DelegationView(
        item.pk,
        item.giver_id,
        item.giver.name,
        item.deputy_id,
        item.deputy.name,
        item.post.title,
        item.post.organisation.path,
        item.post.organisation.name,
        item.valid_from,
        item.valid_until,
        item.reason,
        state,
    )

"""Questions about accounts: what they may do, who serves where, how to reach somebody."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import rules
from quancheng.security.identity.models import Account, Appointment, Organisation, Post
from quancheng.security.identity.queries.places import appointments_on
from quancheng.security.pmi import public as pmi

PAGE_SIZE = 50


class UnknownAccount(Refusal):
    code = "identity.unknown-account"
    message = _("There is no such account.")
    status = 404


class UnknownPost(Refusal):
    code = "identity.unknown-post"
    message = _("There is no such post.")
    status = 404


@dataclass(frozen=True, slots=True)
class RoleOfPost:
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a post today."""

    appointment_id: uuid.UUID
    account_id: uuid.UUID
    name: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class PostView:
    id: uuid.UUID
    title: str
    roles: tuple[RoleOfPost, ...]
    holders: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who serves in an organisation today."""

    actor_id: str
    name: str
    post: str
    organisation: str
    organisation_name: str


@dataclass(frozen=True, slots=True)
class AppointmentView:
    id: uuid.UUID
    post: str
    organisation: str
    organisation_name: str
    roles: tuple[str, ...]
    valid_from: date
    valid_until: date | None
    is_current: bool
    role_codes: tuple[str, ...] = ()
    post_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account in a list."""

    id: uuid.UUID
    username: str
    name: str
    kind: str
    kind_title: str
    is_active: bool
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with everything a page about it shows. Numbers are masked."""

    id: uuid.UUID
    username: str
    name: str
    kind: str
    kind_title: str
    email: str
    mobile: str
    identity_number: str
    assurance: str
    is_active: bool
    has_password: bool
    created_at: datetime
    last_seen_at: datetime | None
    appointments: tuple[AppointmentView, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """Where an account can be reached."""

    account_id: uuid.UUID
    name: str
    kind: str
    email: str
    mobile: str


def posts(code: str) -> tuple[PostView, ...]:
    """Return the posts of the organisation `code` with their roles and today's holders, in three queries."""
    found = list(Post.objects.filter(organisation__code=code).prefetch_related("roles").order_by("title"))
    holders: dict[uuid.UUID, list[Holder]] = {}
    for item in (
        appointments_on(timezone.localdate())
        .filter(post__in=found)
        .select_related("account")
        .order_by("valid_from", "account__username")
    ):
        holder = Holder(item.pk, item.account_id, item.account.name, item.valid_from)
        holders.setdefault(item.post_id, []).append(holder)
    return tuple(
        PostView(
            item.pk,
            item.title,
            tuple(RoleOfPost(role.code, role.title) for role in item.roles.all()),
            tuple(holders.get(item.pk, ())),
        )
        for item in found
    )


def post(post_id: uuid.UUID) -> tuple[str, PostView]:
    """Return the code of the post's organisation, and the post. :raises UnknownPost: if there is none."""
    code = Post.objects.filter(pk=post_id).values_list("organisation__code", flat=True).first()
    found = next((item for item in posts(code) if item.id == post_id), None) if code else None
    if code is None or found is None:
        raise UnknownPost
    return code, found


def posts_within(actor: pmi.Actor, action: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the posts where `actor` may use `action`, as choices: the organisation's name, pairs of id and title."""
    seen = pmi.visible(actor, action, organisation="organisation__path")
    found = Post.objects.filter(seen).select_related("organisation").order_by("organisation__path", "title")
    groups: dict[str, list[tuple[str, str]]] = {}
    for item in found:
        groups.setdefault(item.organisation.name, []).append((str(item.pk), item.title))
    return list(groups.items())


def appointment(appointment_id: uuid.UUID) -> tuple[uuid.UUID, str, AppointmentView]:
    """Return the account's id, its name and the appointment. :raises UnknownPost: if there is none."""
    found = Appointment.objects.select_related("account").filter(pk=appointment_id).first()
    if found is None:
        raise UnknownPost
    view = next(item for item in account(found.account_id).appointments if item.id == found.pk)
    return found.account_id, found.account.name, view


def staff_of(path: str) -> tuple[StaffMember, ...]:
    """Return who serves today in the organisation at `path` and below it, by place, post and name."""
    return _staff(appointments_on(timezone.localdate()).filter(post__organisation__path__startswith=path))


def holders(*, privilege: str, organisation: str) -> tuple[StaffMember, ...]:
    """Return whose post brings `privilege` at the path `organisation` today, whatever conditions it is held on."""
    carried = {role.code: terms for role in pmi.roles() if (terms := role.terms(privilege))}
    held = appointments_on(timezone.localdate()).filter(post__roles__code__in=carried)
    reaching = {
        key
        for key, code, path in held.values_list("pk", "post__roles__code", "post__organisation__path")
        if pmi.reaches(carried[code], path, organisation)
    }
    return _staff(appointments_on(timezone.localdate()).filter(pk__in=reaching))


def account(account_id: uuid.UUID | str) -> AccountView:
    """Return the account by its id or its actor's id. :raises UnknownAccount: if there is none."""
    found = account_of(account_id)
    today = timezone.localdate()
    appointments = (
        found.appointments.select_related("post__organisation")
        .prefetch_related("post__roles")
        .order_by("-valid_from", "post__title")
    )
    return AccountView(
        id=found.pk,
        username=found.username,
        name=found.name,
        kind=found.kind,
        kind_title=found.get_kind_display(),
        email=found.email,
        mobile=rules.masked_mobile(found.mobile),
        identity_number=rules.masked_identity_number(found.person.identity_number) if found.person else "",
        assurance=found.get_assurance_display(),
        is_active=found.is_active,
        has_password=found.has_usable_password(),
        created_at=found.date_joined,
        last_seen_at=found.last_login,
        appointments=tuple(
            AppointmentView(
                id=item.pk,
                post=item.post.title,
                organisation=item.post.organisation.path,
                organisation_name=item.post.organisation.name,
                roles=tuple(role.title for role in item.post.roles.all()),
                valid_from=item.valid_from,
                valid_until=item.valid_until,
                is_current=item.valid_from <= today and (item.valid_until is None or item.valid_until >= today),
                role_codes=tuple(role.code for role in item.post.roles.all()),
                post_id=item.post_id,
            )
            for item in appointments
        ),
    )


def _one_account(*, account_id: uuid.UUID) -> pmi.Target:
    return pmi.Target(organisation=place_of(account_id), subjects=(f"account:{account_id}",))


@pmi.reading("identity.account.read", scope=_one_account)
def read_account(*, actor: pmi.Actor, account_id: uuid.UUID) -> AccountView:
    """Return somebody's account; the look is entered in the trail. :raises UnknownAccount: if there is none."""
    return account(account_id)


def place_of(account_id: uuid.UUID) -> str:
    """Return the path of the lowest organisation that covers everything the account serves in today.

    Whoever serves nowhere belongs to the city as a whole.
    """
    serving = appointments_on(timezone.localdate(), active_only=False).filter(account_id=account_id)
    shared = rules.common_path(serving.values_list("post__organisation__path", flat=True))
    return shared or _root()


def _seen(actor: pmi.Actor, action: str) -> Q:
    """Return the condition on accounts that the actor may use `action` on where they serve: at `place_of` each.

    Whoever serves in one place is found by the database. The few who serve in several belong to what these have in
    common, which is looked at one by one.
    """
    serving = appointments_on(timezone.localdate(), active_only=False)
    several: dict[uuid.UUID, set[str]] = {}
    counted = serving.order_by().values("account").annotate(places=Count("post__organisation__path", distinct=True))
    many = counted.filter(places__gt=1).values("account")
    for account_id, path in serving.filter(account__in=many).values_list("account_id", "post__organisation__path"):
        several.setdefault(account_id, set()).add(path)
    common = {key for key, paths in several.items() if actor.may(action, rules.common_path(paths))}
    here = serving.filter(account=OuterRef("pk"))
    seen = Exists(here.filter(pmi.visible(actor, action, organisation="post__organisation__path")))
    found = Q(pk__in=common) | (~Q(pk__in=several) & Q(seen))
    return found | ~Q(Exists(here)) if actor.may(action, _root()) else found


def _root() -> str:
    """Return the path of the city, to which belongs whoever serves nowhere."""
    return Organisation.objects.filter(parent=None).order_by("path").values_list("path", flat=True).first() or ""


def accounts(
    *, actor: pmi.Actor, action: str = "identity.account.read", search: str = "", page: int = 1
) -> "Page[AccountLine]":
    """Return a page of the accounts that the actor may use `action` on."""
    found = Account.objects.filter(_seen(actor, action)).order_by("kind", "username")
    if search:
        found = found.filter(Q(username__icontains=search) | Q(name__icontains=search))
    sheet: Page[Any] = Paginator(found, PAGE_SIZE).get_page(page)
    ids = [item.pk for item in sheet.object_list]
    held: dict[uuid.UUID, list[str]] = {}
    for account_id, place, title in (
        appointments_on(timezone.localdate())
        .filter(account_id__in=ids)
        .order_by("valid_from")
        .values_list("account_id", "post__organisation__name", "post__title")
    ):
        held.setdefault(account_id, []).append(f"{place} {title}")
    sheet.object_list = [
        AccountLine(
            item.pk,
            item.username,
            item.name,
            item.kind,
            item.get_kind_display(),
            item.is_active,
            tuple(held.get(item.pk, ())),
        )
        for item in sheet.object_list
    ]
    return sheet


def contact(actor_id: uuid.UUID | str) -> Contact:
    """Return where the account behind an actor can be reached. :raises UnknownAccount: if there is none."""
    found = account_of(actor_id)
    return Contact(found.pk, found.name or found.username, found.kind, found.email, found.mobile)


def citizen_of(reference: str) -> str:
    """Return the actor's id of the citizen to whom a reference (`pmi.reference`) speaks, "" when there is none here.

    Only an account counts whose real name was checked: anybody can type a number.
    """
    found = Account.objects.filter(
        kind=Account.Kind.CITIZEN, is_active=True, assurance__gte=Account.Assurance.CHECKED, person__reference=reference
    ).first()
    return found.actor_id if found else ""


def has_citizen_account(identity_number: str) -> bool:
    """Test whether the person with this number has a citizen's account already."""
    return Account.objects.filter(kind=Account.Kind.CITIZEN, person__identity_number=identity_number).exists()


def is_taken(username: str) -> bool:
    """Test whether an account has this user name, whatever its capitals."""
    return Account.objects.filter(username__iexact=username).exists()


def account_of(account_id: uuid.UUID | str) -> Account:
    try:
        key = uuid.UUID(str(account_id).removeprefix("account:"))
    except ValueError as error:
        raise UnknownAccount from error
    found = Account.objects.filter(pk=key).first()
    if found is None:
        raise UnknownAccount
    return found


def _staff(found: "QuerySet[Appointment]") -> tuple[StaffMember, ...]:
    found = found.select_related("account", "post__organisation").distinct()
    return tuple(
        StaffMember(
            item.account.actor_id,
            item.account.name,
            item.post.title,
            item.post.organisation.path,
            item.post.organisation.name,
        )
        for item in found.order_by("post__organisation__path", "post__title", "account__name")
    )

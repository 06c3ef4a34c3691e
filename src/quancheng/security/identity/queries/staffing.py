"""Joining, changing posts and leaving: what each would bring, before it is decided."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import rules
from quancheng.security.identity.adapters import work
from quancheng.security.identity.models import Appointment, Delegation, Departure, Invitation, Person, Post
from quancheng.security.identity.queries.people import account_of
from quancheng.security.identity.queries.planning import ONE_DAY, Consequence
from quancheng.security.identity.queries.sessions import sessions


class UnknownDeparture(Refusal):
    code = "identity.unknown-departure"
    message = _("There is no such departure.")
    status = 404


@dataclass(frozen=True, slots=True)
class DepartureView:
    """A departure that was decided. `state` is coming, done or withdrawn."""

    id: uuid.UUID
    account_id: uuid.UUID
    name: str
    last_day: date
    reason: str
    decided_by_name: str
    state: str


def if_joined(
    *, name: str, username: str, identity_number: str, email: str, post_id: uuid.UUID, valid_from: date
) -> tuple[Consequence, ...]:
    """Return what taking somebody on would bring."""
    post = Post.objects.select_related("organisation").get(pk=post_id)
    number = rules.normal_identity_number(identity_number)
    known = bool(number) and Person.objects.filter(identity_number=number).exists()
    holders = tuple(_holders(post, valid_from))
    facts = {"name": name, "username": username.strip().lower(), "email": email}
    place = {"post": post.title, "place": post.organisation.name, "day": _day(valid_from)}
    lines = [
        Consequence("note", gettext("%(name)s is known already; the account is tied to the same person.") % facts)
        if known
        else Consequence("new", gettext("%(name)s is entered as a person.") % facts),
        Consequence("new", gettext("The account %(username)s is opened, without a password.") % facts),
        Consequence("new", gettext("Appointed as %(post)s of %(place)s from %(day)s on.") % place),
        Consequence("new", gettext("An invitation goes to %(email)s; whoever holds it chooses the password.") % facts)
        if email
        else Consequence("new", gettext("A code is shown once, to be handed over in person.")),
    ]
    if holders:
        also = {"names": "、".join(holders)}
        lines.append(Consequence("note", gettext("The post is held at the same time by %(names)s.") % also))
    return tuple(lines)


def if_moved(
    *, account_id: uuid.UUID, ends: Iterable[uuid.UUID], post_id: uuid.UUID, from_day: date
) -> tuple[Consequence, ...]:
    """Return what moving somebody to another post would bring, with the work that would be left behind."""
    post = Post.objects.select_related("organisation").get(pk=post_id)
    lines = [
        _ends(item, from_day - ONE_DAY)
        for item in Appointment.objects.filter(pk__in=list(ends), account_id=account_id).select_related(
            "post__organisation"
        )
    ]
    place = {"post": post.title, "place": post.organisation.name, "day": _day(from_day)}
    lines.append(Consequence("new", gettext("Appointed as %(post)s of %(place)s from %(day)s on.") % place))
    ended = Appointment.objects.filter(pk__in=list(ends)).values("post_id")
    given = _delegations(account_id, from_day).filter(giver_id=account_id, post_id__in=ended)
    lines += [_delegation_ends(item) for item in given]
    return (*lines, *_work_left(account_id))


def if_left(*, account_id: uuid.UUID, last_day: date) -> tuple[Consequence, ...]:
    """Return what leaving after `last_day` would bring."""
    account = account_of(account_id)
    kept = Appointment.objects.filter(account_id=account.pk).filter(Q(valid_until=None) | Q(valid_until__gt=last_day))
    lines = [_ends(item, last_day) for item in kept.select_related("post__organisation").order_by("valid_from")]
    lines += [_delegation_ends(item) for item in _delegations(account.pk, last_day + ONE_DAY)]
    facts = {"name": account.name, "n": len(sessions(account.pk)), "day": _day(last_day)}
    lines += [
        Consequence("end", gettext("The account of %(name)s is closed after %(day)s.") % facts),
        Consequence("end", gettext("Signed out everywhere (%(n)s devices now); tokens of other systems end.") % facts),
        Consequence("end", gettext("Password, passkeys, second factors and certificate sign-in are removed.")),
    ]
    return (*lines, *_work_left(account.pk))


def departure(departure_id: uuid.UUID) -> DepartureView:
    """Return one departure. :raises UnknownDeparture:"""
    found = Departure.objects.select_related("account").filter(pk=departure_id).first()
    if found is None:
        raise UnknownDeparture
    return _view(found)


def coming_departure(account_id: uuid.UUID) -> DepartureView | None:
    """Return the departure that waits for its day, None when there is none."""
    waiting = Departure.objects.select_related("account").filter(
        account_id=account_id, applied_at=None, withdrawn_at=None
    )
    found = waiting.first()
    return _view(found) if found else None


def departures(account_ids: Iterable[uuid.UUID] | None = None) -> tuple[DepartureView, ...]:
    """Return the departures that wait for their day, the next first."""
    found = Departure.objects.select_related("account").filter(applied_at=None, withdrawn_at=None)
    if account_ids is not None:
        found = found.filter(account_id__in=list(account_ids))
    return tuple(_view(item) for item in found.order_by("last_day", "account__name"))


def open_invitation(account_id: uuid.UUID) -> datetime | None:
    """Return until when the account's invitation can be taken up, None when there is none."""
    found = Invitation.objects.filter(account_id=account_id, used_at=None, expires_at__gt=timezone.now())
    return found.order_by("-made_at").values_list("expires_at", flat=True).first()


def appointments_to_end(account_id: uuid.UUID) -> list[tuple[str, str]]:
    """Return the appointments that are not over as choices: pairs of id and words."""
    today = timezone.localdate()
    kept = Appointment.objects.filter(account_id=account_id).filter(Q(valid_until=None) | Q(valid_until__gte=today))
    return [
        (str(item.pk), f"{item.post.organisation.name} · {item.post.title}")
        for item in kept.select_related("post__organisation").order_by("valid_from", "post__title")
    ]


def _holders(post: Post, day: date) -> Iterable[str]:
    held = Appointment.objects.filter(post=post).filter(Q(valid_until=None) | Q(valid_until__gte=day))
    return held.order_by("valid_from", "account__name").values_list("account__name", flat=True)


def _delegations(account_id: uuid.UUID, day: date) -> "QuerySet[Delegation]":
    found = Delegation.objects.filter(Q(giver_id=account_id) | Q(deputy_id=account_id), ended_at=None)
    return found.filter(valid_until__gte=day).select_related("giver", "deputy", "post").order_by("valid_from", "id")


def _ends(item: Appointment, last: date) -> Consequence:
    facts = {"post": item.post.title, "place": item.post.organisation.name, "day": _day(last)}
    if item.valid_from > last:
        return Consequence("end", gettext("The appointment as %(post)s of %(place)s never begins.") % facts)
    return Consequence("end", gettext("The appointment as %(post)s of %(place)s ends on %(day)s.") % facts)


def _delegation_ends(item: Delegation) -> Consequence:
    facts = {"giver": item.giver.name, "deputy": item.deputy.name, "post": item.post.title}
    return Consequence("end", gettext("%(deputy)s no longer acts as %(post)s for %(giver)s.") % facts)


def _work_left(account_id: uuid.UUID) -> Iterable[Consequence]:
    left = work.open_work(f"account:{account_id}")
    yield from (
        Consequence("note", gettext("Left behind, to be taken on by somebody else: %(title)s") % {"title": item.title})
        for item in left
    )
    if not left:
        yield Consequence("none", gettext("No open work is left behind."))


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def _view(item: Departure) -> DepartureView:
    state = "done" if item.applied_at else "withdrawn" if item.withdrawn_at else "coming"
    return DepartureView(
        item.pk, item.account_id, item.account.name, item.last_day, item.reason, item.decided_by_name, state
    )

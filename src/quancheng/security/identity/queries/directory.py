"""What pmi asks about people and places, answered from posts and appointments."""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.utils import timezone

from quancheng.security.identity.models import Account, Appointment, Delegation, Post
from quancheng.security.identity.queries.clients import system_of
from quancheng.security.identity.queries.places import appointments_on, names_by_code, names_of, organisations
from quancheng.security.identity.queries.serving import actor_of, lent_key, own_key, running
from quancheng.security.pmi import public as pmi

AT_ONCE = 400


class Directory:
    """The directory of this site."""

    def names_of(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the names of the organisations at `paths`."""
        return names_of(paths)

    def places(self) -> list[tuple[str, str]]:
        """Return path and name of every organisation of today, in the order of the tree."""
        return [(item.path, f"{'　' * item.depth}{item.name}") for item in organisations()]

    def citizens_among(self, actor_ids: Iterable[str]) -> set[str]:
        """Return those of the actors whose accounts are citizens'."""
        keys = [key for key in map(_key, actor_ids) if key]
        found: set[str] = set()
        for at in range(0, len(keys), AT_ONCE):
            rows = Account.objects.filter(pk__in=keys[at : at + AT_ONCE], kind=Account.Kind.CITIZEN)
            found.update(f"account:{key}" for key in rows.values_list("pk", flat=True))
        return found

    def names_of_subjects(self, subjects: Iterable[str]) -> dict[str, str]:
        """Return what those subjects of the trail are called that name accounts, organisations or roles."""
        kinds: dict[str, list[str]] = {"account": [], "organisation": [], "role": []}
        for subject in subjects:
            kind, _colon, name = subject.partition(":")
            kinds.get(kind, []).append(name)
        keys = [key for key in map(_key, kinds["account"]) if key]
        accounts = Account.objects.filter(pk__in=keys).values_list("pk", "name") if keys else ()
        places = names_by_code(kinds["organisation"]) if kinds["organisation"] else {}
        titles = {role.code: role.title for role in pmi.roles()} if kinds["role"] else {}
        return {
            **{f"account:{key}": name for key, name in accounts if name},
            **{f"organisation:{code}": name for code, name in places.items()},
            **{f"role:{code}": titles[code] for code in kinds["role"] if code in titles},
        }

    def seats(self) -> list[pmi.Seat]:
        """Return every post with every role that it carries, and who holds it today."""
        holders: dict[uuid.UUID, list[str]] = {}
        held = appointments_on(timezone.localdate()).order_by("valid_from", "account__username")
        for post_id, name in held.values_list("post_id", "account__name"):
            holders.setdefault(post_id, []).append(name)
        found = Post.objects.filter(roles__isnull=False).order_by("organisation__path", "title", "roles__code")
        return [
            pmi.Seat(role, title, path, name, tuple(holders.get(key, ())))
            for key, title, path, name, role in found.values_list(
                "pk", "title", "organisation__path", "organisation__name", "roles__code"
            )
        ]

    def actor_of(self, username: str) -> pmi.Actor:
        """Return the actor of the account `username`. :raises UnknownAccount: if there is none."""
        return actor_of(username)

    def system_of(self, token: str) -> pmi.Actor | None:
        """Return the system that speaks with this access token, None when there is none."""
        return system_of(token)

    def checked_person(self, actor_id: str) -> str:
        """Return the identity number of the person whose account it is, "" while it is only what they say."""
        key = _key(actor_id)
        found = Account.objects.select_related("person").filter(pk=key).first() if key else None
        if found is None or found.person is None or found.assurance < Account.Assurance.CHECKED:
            return ""
        return str(found.person.identity_number or "")

    def served(self, actor_ids: Iterable[str]) -> dict[str, pmi.Served]:
        """Return by account what it ever held, and what was ever lent to it; unknown ones are left out.

        A few hundred are asked about at once, with as many queries as for one.
        """
        keys = {key for key in map(_key, actor_ids) if key}
        accounts = {item.pk: item for item in Account.objects.filter(pk__in=keys)}
        staff = [key for key, item in accounts.items() if item.kind == Account.Kind.STAFF]
        own = Appointment.objects.filter(account__in=staff).select_related("post__organisation")
        lent = Delegation.objects.filter(deputy__in=staff).select_related("post__organisation", "giver")
        held: dict[uuid.UUID, list[pmi.Holding]] = {key: [] for key in accounts}
        for mine in own.prefetch_related("post__roles"):
            held[mine.account_id].append(_holding(own_key(mine.post_id), mine.post, mine))
        for item in lent.prefetch_related("post__roles"):
            held[item.deputy_id] += _lent(item)
        return {
            item.actor_id: pmi.Served(
                item.kind, item.name, tuple(sorted(held[key], key=lambda found: (found.since, found.key)))
            )
            for key, item in accounts.items()
        }

    def posts(self) -> list[tuple[str, str]]:
        """Return every post as id and words, in the order of the organisations."""
        found = Post.objects.select_related("organisation").order_by("organisation__path", "title")
        return [(str(item.pk), f"{item.organisation.name} · {item.title}") for item in found]

    def post(self, post_id: str) -> pmi.Holding | None:
        """Return a post as if it had been held all the time, None for an unknown one."""
        try:
            key = uuid.UUID(post_id)
        except ValueError:
            return None
        found = Post.objects.select_related("organisation").prefetch_related("roles").filter(pk=key).first()
        return _holding(own_key(found.pk), found) if found else None


def _key(actor_id: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(actor_id.removeprefix("account:"))
    except ValueError:
        return None


def _holding(key: str, post: Post, period: Appointment | None = None) -> pmi.Holding:
    place = post.organisation
    ends = [day for day in (place.valid_until, period.valid_until if period else None) if day]
    return pmi.Holding(
        key=key,
        post=str(post.pk),
        title=post.title,
        paths=(place.path, *place.former_paths),
        roles=tuple(role.code for role in post.roles.all()),
        since=period.valid_from if period else date.min,
        until=min(ends, default=None),
    )


def _lent(item: Delegation) -> Iterable[pmi.Holding]:
    """Yield the times in which a delegation counted: those in which its giver held the post as well."""
    for held in Appointment.objects.filter(account=item.giver_id, post=item.post_id):
        since = max(item.valid_from, held.valid_from)
        until = min(item.valid_until, held.valid_until or item.valid_until)
        if since <= until:
            whole = _holding(lent_key(item.pk), item.post)
            until = min(until, whole.until or until)
            yield replace(
                whole,
                since=since,
                until=until,
                ended=item.ended_at,
                giver=item.giver.actor_id,
                giver_name=item.giver.name,
            )


def officers_of(account_id: uuid.UUID) -> set[str]:
    """Return which of the three officers the account is or will be, by its appointments and what is delegated to it."""
    today = timezone.localdate()
    own = Post.objects.filter(appointments__account_id=account_id).exclude(appointments__valid_until__lt=today)
    lent = Post.objects.filter(delegations__in=running(today).filter(deputy_id=account_id))
    roles = (role for posts in (own, lent) for role in posts.values_list("roles__officer", "roles__privileges"))
    return {officer for role in roles for officer in pmi.officers_by(*role)}

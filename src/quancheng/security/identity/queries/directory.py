"""What pmi asks about people and places, answered from posts and appointments."""

import uuid
from collections.abc import Iterable

from django.utils import timezone

from quancheng.security.identity.models import Post
from quancheng.security.identity.queries.places import appointments_on, names_of, organisations
from quancheng.security.identity.queries.serving import actor_of, running
from quancheng.security.pmi import public as pmi


class Directory:
    """The directory of this site."""

    def names_of(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the names of the organisations at `paths`."""
        return names_of(paths)

    def places(self) -> list[tuple[str, str]]:
        """Return path and name of every organisation of today, in the order of the tree."""
        return [(item.path, f"{'　' * item.depth}{item.name}") for item in organisations()]

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


def officers_of(account_id: uuid.UUID) -> set[str]:
    """Return which of the three officers the account is or will be, by its appointments and what is delegated to it."""
    today = timezone.localdate()
    own = Post.objects.filter(appointments__account_id=account_id).exclude(appointments__valid_until__lt=today)
    lent = Post.objects.filter(delegations__in=running(today).filter(deputy_id=account_id))
    return {officer for posts in (own, lent) for officer in posts.values_list("roles__officer", flat=True) if officer}

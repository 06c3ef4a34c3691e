"""The secret address under which somebody's calendar program fetches their deadlines."""

import secrets
from datetime import datetime

from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import queries
from quancheng.support.calendar.models import FeedAddress


def _own(*, owner: str, **_others: object) -> pmi.Target:
    return pmi.Target(owner=owner, subjects=(f"calendar-feed:{owner}",))


@pmi.action("calendar.feed.renew", scope=_own, open_to=("staff",))
def renew_feed(*, actor: pmi.Actor, owner: str, at: datetime) -> str:
    """Make a new secret for the owner's deadlines and return it, this once; the old address is dead from now on."""
    secret = secrets.token_urlsafe(32)
    FeedAddress.objects.update_or_create(
        actor_id=owner, defaults={"secret": queries.digest_of(secret), "renewed_at": at}
    )
    return secret


@pmi.action("calendar.feed.close", scope=_own, open_to=("staff",))
def close_feed(*, actor: pmi.Actor, owner: str) -> None:
    """Close the address; nothing is served there any more. Safe to repeat."""
    FeedAddress.objects.filter(actor_id=owner).delete()

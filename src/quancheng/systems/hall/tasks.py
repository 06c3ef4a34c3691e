"""The hall's background work."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.security.pmi import public as pmi
from quancheng.systems.hall import actions, queries


@tasks.periodically(seconds=3600)
def forget_drafts() -> int:
    """Delete drafts whose ninety days are over; personal data is not kept longer than announced."""
    if not queries.has_expired_drafts(today=timezone.localdate()):
        return 0
    return actions.forget_expired(actor=pmi.service_actor("hall"), at=timezone.now())

"""The hall's background work."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.security.pmi import public as pmi
from quancheng.systems.hall import actions, queries
from quancheng.systems.hall.config import config


@tasks.periodically(seconds=3600)
def forget_drafts() -> int:
    """Delete drafts whose time is over; personal data is not kept longer than announced."""
    if not queries.has_expired_drafts(today=timezone.localdate()):
        return 0
    return actions.forget_expired(actor=pmi.service_actor("hall"), at=timezone.now())


@tasks.periodically(seconds=3600)
def warn_of_ending_drafts() -> int:
    """Tell owners in time that a draft ends; the message's key lets nobody be told twice."""
    today = timezone.localdate()
    if not queries.ending_drafts(today=today, days=config.draft_notice_days):
        return 0
    return actions.warn_expiring(actor=pmi.service_actor("hall"), at=timezone.now())

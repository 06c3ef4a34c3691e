"""Reviews the site by itself."""

from datetime import timedelta

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.security.pmi import public as pmi
from quancheng.security.posture import actions, queries
from quancheng.security.posture.config import config
from quancheng.security.posture.models import Sighting

FORGOTTEN_AFTER = timedelta(days=400)


@tasks.periodically(seconds=config.review_seconds)
def review() -> None:
    """Review the site unless another worker just did, and forget what has been gone for more than a year."""
    now = timezone.now()
    if queries.reviewed_since(now - timedelta(seconds=config.review_seconds) / 2):
        return
    actions.review(actor=pmi.service_actor("posture"), at=now)
    Sighting.objects.filter(gone_at__lt=now - FORGOTTEN_AFTER).delete()

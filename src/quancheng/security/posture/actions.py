"""The one write: a review remembers what is wanting and how the day stands."""

from datetime import datetime

from django.utils import timezone

from quancheng.kernel.posture import Severity
from quancheng.security.pmi import public as pmi
from quancheng.security.posture import queries
from quancheng.security.posture.models import Day, Sighting


@pmi.action("posture.review.hold")
def review(*, actor: pmi.Actor, at: datetime) -> queries.Posture:
    """Run every check, remember since when each finding has been there and which are gone, and score the day."""
    stands = queries.stand(at=at)
    open_rows = {(row.check_code, row.key): row for row in Sighting.objects.filter(gone_at=None)}
    seen = {(item.check, item.key): item for item in stands.findings}
    for name, item in seen.items():
        row = open_rows.get(name)
        if row is None:
            row = Sighting(check_code=item.check, key=item.key, first_seen=item.since or at)
        row.severity, row.last_seen = item.severity, at
        row.save()
    gone = [row.pk for name, row in open_rows.items() if name not in seen]
    Sighting.objects.filter(pk__in=gone).update(gone_at=at)
    Day.objects.update_or_create(
        on=timezone.localdate(at),
        defaults={
            "score": stands.score,
            "critical": stands.count(Severity.CRITICAL),
            "serious": stands.count(Severity.SERIOUS),
            "notices": stands.count(Severity.NOTICE),
        },
    )
    return stands

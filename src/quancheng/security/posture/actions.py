"""The one write: a review remembers what is wanting, keeps the reading and how the day stands."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from quancheng.kernel import events
from quancheng.kernel import zone as zones
from quancheng.kernel.posture import Severity
from quancheng.security.pmi import public as pmi
from quancheng.security.posture import queries
from quancheng.security.posture.events import ReviewHeld
from quancheng.security.posture.models import Day, Reading, Sighting


@pmi.action("posture.review.hold")
def review(*, actor: pmi.Actor, at: datetime) -> queries.Posture:
    """Run every check, remember since when each finding has been there and which are gone, and score the day.

    The reading is kept for the page, and the extranet's announced to the intranet.
    """
    here = zones.current()
    # Two reviews at once would enter the same finding twice: the second one waits.
    Reading.objects.get_or_create(zone=here, defaults={"at": at, "content": {}})
    Reading.objects.select_for_update().get(zone=here)
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
    content = queries.reading(at=at)
    keep(zone=here, at=at, content=content)
    if here == zones.EXTRANET:
        events.publish(ReviewHeld(at=at.isoformat(), reading=content))
    return stands


def keep(*, zone: str, at: datetime, content: dict[str, Any]) -> None:
    """Keep a zone's reading unless a newer one is kept."""
    row, made = Reading.objects.get_or_create(zone=zone, defaults={"at": at, "content": content})
    if not made and row.at <= at:
        Reading.objects.filter(pk=row.pk).update(at=at, content=content)

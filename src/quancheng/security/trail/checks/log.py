"""What is wanting about the trail itself."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import posture, zone
from quancheng.kernel.posture import Finding, Severity
from quancheng.security.trail.models import Checkpoint, Entry

PATIENCE, STAMPED_WITHIN, WITNESSED_WITHIN = timedelta(minutes=10), timedelta(minutes=15), timedelta(hours=24)


@posture.check("trail.waiting", title=_("Entries without their place in the log"))
def waiting(at: datetime) -> Iterator[Finding]:
    """Find entries that no worker has integrated: until then they could vanish unseen."""
    rows = Entry.objects.filter(index__isnull=True, at__lt=at - PATIENCE)
    first = rows.aggregate(first=Min("at"))["first"]
    if first:
        yield Finding(
            Severity.CRITICAL,
            _("Entries that have waited for their place in the log for more than ten minutes: %(count)s.")
            % {"count": rows.count()},
            remedy=_("See whether the worker runs (quancheng worker), and what it says."),
            url=reverse("trail:entries"),
            since=first,
        )


@posture.check("trail.timestamp", title=_("Checkpoints without a timestamp"))
def untimestamped(at: datetime) -> Iterator[Finding]:
    """Find that the log has not been anchored in time lately."""
    last = Checkpoint.objects.filter(token__isnull=False).order_by("-size").first()
    since = _first_after(last)
    if since and since < at - STAMPED_WITHIN:
        yield Finding(
            Severity.SERIOUS,
            _("No checkpoint since then carries a timestamp."),
            remedy=_("See whether the worker runs and this site has its authority (quancheng pki show)."),
            url=reverse("trail:entries"),
            since=since,
        )


@posture.check("trail.witness", title=_("Checkpoints without a witness"))
def unwitnessed(at: datetime) -> Iterator[Finding]:
    """Find that the other zone has not cosigned the log lately. One process for both zones has no other."""
    if zone.other() is None:
        return
    last = Checkpoint.objects.filter(cosignatures__isnull=False).order_by("-size").first()
    since = _first_after(last)
    if since and since < at - WITNESSED_WITHIN:
        yield Finding(
            Severity.SERIOUS,
            _("The other zone has cosigned no checkpoint since then."),
            remedy=_("See whether bundles come and go: the ferry carries checkpoints and cosignatures."),
            url=reverse("trail:entries"),
            since=since,
        )


def _first_after(last: Checkpoint | None) -> datetime | None:
    """Return when the first checkpoint after `last` was made, None when there is none."""
    rows = Checkpoint.objects.filter(size__gt=last.size) if last else Checkpoint.objects.all()
    first: datetime | None = rows.aggregate(first=Min("at"))["first"]
    return first

"""Sending entries to a collector of security events (SIEM): in their order, each at least once, none left out.

The trail waits for nobody: entries are sent from their places in the log, behind a cursor that moves on when the
collector has read them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import config, queries
from quancheng.security.trail.actions.recording import record
from quancheng.security.trail.engine import syslog
from quancheng.security.trail.engine.collector import Unreached
from quancheng.security.trail.models import Forwarding

HELD, LONGEST_PAUSE = timedelta(seconds=90), 300


class NoSuchPlace(Refusal):
    """The log has no such place."""

    code = "trail.no-such-place"
    message = _("The log has no entry with this number.")


def forward(*, at: datetime) -> int:
    """Send the next batch; return how many entries the collector has read. 0 when it is not time yet or nothing waits.

    Nothing is locked while it is sent. When the process dies after sending, the batch is sent again: the entry's number
    tells a collector what it has. After the first failure in a row the cursor goes back by the settings' measure.
    """
    collector = queries.collector()
    if collector is None:
        return 0
    row = _hold(at)
    if row is None:
        return 0
    count, error = 0, ""
    try:
        lines = queries.lines_from(row.cursor, config.settings().forward_batch)
        if lines:
            count = collector.send(_frames(lines))
    except Unreached as failure:
        error = str(failure)
    now = timezone.now()
    if error:
        failures = row.failures + 1
        _settle(
            row,
            cursor=row.cursor if row.failures else max(0, row.cursor - config.settings().forward_again),
            failures=failures,
            failing_since=row.failing_since or now,
            next_at=now + timedelta(seconds=min(2 ** min(failures, 9), LONGEST_PAUSE)),
            error=error,
        )
    elif lines:
        _settle(row, cursor=row.cursor + count, failures=0, failing_since=None, next_at=None, error="", sent_at=now)
    else:
        _settle(row)
    return count


def rewind(*, to: int, at: datetime) -> None:
    """Send everything from the place `to` on again, as when a collector was set up anew. :raises NoSuchPlace:"""
    if not 0 <= to <= queries.forwarding(at=at).size:
        raise NoSuchPlace
    Forwarding.objects.get_or_create(pk=1)
    Forwarding.objects.filter(pk=1).update(cursor=to, next_at=None)
    record(
        action="trail.forwarding.rewind",
        actor_id="service:trail",
        actor_name="trail",
        subjects=("trail-forwarding:1",),
        detail={"to": to},
        at=at,
    )


def _hold(at: datetime) -> Forwarding | None:
    """Return the row when this process may send now: one at a time, and not in the pause after a failure."""
    Forwarding.objects.get_or_create(pk=1)
    free = Q(held_until=None) | Q(held_until__lt=at)
    due = Q(next_at=None) | Q(next_at__lte=at)
    if not Forwarding.objects.filter(free & due, pk=1).update(held_until=at + HELD):
        return None
    return Forwarding.objects.get(pk=1)


def _settle(row: Forwarding, **values: object) -> None:
    """Store what came of it, unless somebody set the cursor meanwhile: then that counts, and this is sent again."""
    settled = {**values, "held_until": None}
    if not Forwarding.objects.filter(pk=1, cursor=row.cursor).update(**settled):
        settled.pop("cursor", None)
        Forwarding.objects.filter(pk=1).update(**settled)


def _frames(lines: list[syslog.Line]) -> Iterator[bytes]:
    form = queries.form()
    for line in lines:
        yield syslog.frame(syslog.message(line, form))

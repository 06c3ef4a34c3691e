"""What has gone to the collector, what has not, and what is sent of each entry."""

import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quancheng.security.trail import config
from quancheng.security.trail.engine import syslog
from quancheng.security.trail.engine.collector import Collector
from quancheng.security.trail.models import Entry, Forwarding, Log
from quancheng.security.trail.queries.entries import _view
from quancheng.security.trail.queries.titles import action_title

FIELDS = {
    "action": gettext_lazy("what was done"),
    "outcome": gettext_lazy("whether it was done or why it was refused"),
    "actor": gettext_lazy("the number of who did it, not the name"),
    "actor_name": gettext_lazy("the name of who did it (personal)"),
    "organisation": gettext_lazy("the department"),
    "subjects": gettext_lazy("what it was about (may be personal)"),
    "leaf": gettext_lazy("the hash of the public entry, to check it against the log"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardingView:
    """How the forwarding stands. `size` is that of the log; `oldest` is when the first entry not sent was made."""

    to: str
    cursor: int
    size: int
    sent_at: datetime | None
    oldest: datetime | None
    failures: int
    failing_since: datetime | None
    next_at: datetime | None
    error: str
    lagging: bool
    fields: tuple[str, ...]

    @property
    def behind(self) -> int:
        """How many entries have not been sent."""
        return max(0, self.size - self.cursor)


def collector() -> Collector | None:
    """Return the collector of the settings, None when there is none."""
    found = config.settings()
    if not found.forward_to:
        return None
    return Collector(
        address=found.forward_to, ca=found.forward_ca, certificate=found.forward_certificate, key=found.forward_key
    )


def form() -> syslog.Form:
    """Return how messages look. :raises syslog.BadField:"""
    found = config.settings()
    return syslog.Form(
        host=socket.gethostname(),
        origin=config.origin(),
        enterprise=found.forward_enterprise,
        fields=found.forward_fields,
        body=found.forward_body,
    )


def lines_from(place: int, most: int) -> list[syslog.Line]:
    """Return what is sent of the entries from `place` on, as far as they follow one another without a gap."""
    rows = Entry.objects.filter(index__gte=place, index__lt=place + most).order_by("index")
    found: list[syslog.Line] = []
    for row in rows.select_related("body_key", "erasure"):
        view = _view(row)
        if view.index != place + len(found):
            break
        found.append(
            syslog.Line(
                index=view.index,
                at=view.at,
                action=view.action,
                outcome=view.outcome,
                title=action_title(view.action),
                leaf=view.leaf,
                actor=view.actor_id,
                actor_name=view.actor_name,
                organisation="" if view.erased else view.organisation,
                subjects=view.subjects,
                detail=view.detail,
                erased=view.erased,
            )
        )
    return found


def forwarding(*, at: datetime) -> ForwardingView:
    """Return how the forwarding stands."""
    row = Forwarding.objects.filter(pk=1).first() or Forwarding()
    found = config.settings()
    oldest = Entry.objects.filter(index=row.cursor).values_list("at", flat=True).first()
    patience = timedelta(minutes=found.forward_minutes)
    late = oldest is not None and oldest + patience < at
    # A collector that was just set up is sent years of entries: that is no alarm while it goes on.
    moving = not row.failures and row.sent_at is not None and row.sent_at + patience > at
    return ForwardingView(
        to=found.forward_to,
        cursor=row.cursor,
        size=Log.objects.values_list("size", flat=True).first() or 0,
        sent_at=row.sent_at,
        oldest=oldest,
        failures=row.failures,
        failing_since=row.failing_since,
        next_at=row.next_at if row.failures else None,
        error=row.error,
        lagging=bool(found.forward_to) and late and not moving,
        fields=tuple(str(FIELDS.get(name, name)) for name in found.forward_fields),
    )


def lag(found: ForwardingView) -> str:
    """Return the alarm in one sentence."""
    facts = {"count": found.behind, "error": found.error or _("no attempt was made")}
    return _("The collector has not received %(count)s entries for too long: %(error)s") % facts

"""Whether the collector receives what happens here."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import posture
from quancheng.kernel.posture import Finding, Severity
from quancheng.security.trail import queries
from quancheng.security.trail.engine import collector, syslog


@posture.check("trail.forwarding", title=_("Entries for the collector"))
def forwarding(at: datetime) -> Iterator[Finding]:
    """Find that a collector is named but gets nothing, or is named so that nothing can be sent to it."""
    found = queries.collector()
    if found is None:
        return
    try:
        found.place()
        queries.form()
    except (collector.BadAddress, syslog.BadField) as error:
        yield Finding(
            Severity.SERIOUS,
            _("The settings of the collector cannot be read: %(text)s.") % {"text": str(error)},
            key="settings",
            remedy=_("Mend QC_TRAIL_FORWARD_*, and start the worker again."),
            url=reverse("trail:forwarding"),
        )
        return
    state = queries.forwarding(at=at)
    if state.lagging:
        yield Finding(
            Severity.SERIOUS,
            queries.lag(state),
            remedy=_("See whether the worker runs and the collector answers; nothing is lost, it is sent later."),
            url=reverse("trail:forwarding"),
            since=state.failing_since or state.oldest,
        )

"""Offers the judgement of timestamp tokens to the trail, which lies below; hears what the other zone revoked."""

from datetime import datetime

from quancheng.kernel import events
from quancheng.security.pki import queries
from quancheng.security.pki.actions import neighbours
from quancheng.security.trail import public as trail

trail.check_timestamps_with(queries.timestamp_problem)


@events.hears("pki.certificates-revoked")
def remember(message: events.Message) -> None:
    """Believe the other zone about certificates of its own authority."""
    data = message.data
    neighbours.remember(
        zone=message.zone,
        authority=data["authority"],
        serials=tuple(data["serials"]),
        revoked_at=datetime.fromisoformat(data["revoked_at"]),
        reason=data["reason"],
    )

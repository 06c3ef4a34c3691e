"""Offers the judgement of timestamp tokens to the trail, which lies below; hears what the other zone revoked."""

from datetime import datetime

from django.utils import timezone

from quancheng.kernel import events
from quancheng.security.pki import queries
from quancheng.security.pki.actions import anchoring, neighbours
from quancheng.security.pki.queries import seconds
from quancheng.security.trail import public as trail

trail.check_timestamps_with(queries.timestamp_problem)
trail.judge_timestamps_with(seconds.judged)


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


@events.hears("pki.anchor-wanted")
def stamp(message: events.Message) -> None:
    """Be the second timestamp authority of the other zone's trail."""
    data = message.data
    anchoring.answer(wanted_by=data["zone"], size=data["size"], digest=data["digest"])


@events.hears("pki.anchor-made")
def keep_stamp(message: events.Message) -> None:
    """Keep the other zone's token over a checkpoint of our trail."""
    data = message.data
    anchoring.receive(
        wanted_by=data["zone"],
        size=data["size"],
        token=data["token"],
        problem=data["problem"],
        by=message.zone,
        at=timezone.now(),
    )

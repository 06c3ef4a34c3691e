"""Anchors the trail in time."""

import hashlib

from quancheng.kernel import tasks
from quancheng.security.pki import config
from quancheng.security.pki import public as pki
from quancheng.security.trail import public as trail


@tasks.periodically(seconds=config.settings().anchor_seconds)
def anchor() -> None:
    """Timestamp the trail's latest checkpoint, unless it has been."""
    latest = trail.checkpoint()
    if latest is not None and not latest.timestamped:
        token = pki.timestamp(hashlib.sha256(latest.note.encode()).digest())
        trail.attach_timestamp(size=latest.size, token=token)

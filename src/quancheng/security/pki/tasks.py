"""Anchors the trail in time."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.security.pki import config
from quancheng.security.pki.actions import acme, anchoring, recovery


@tasks.periodically(seconds=config.settings().anchor_seconds)
def anchor() -> None:
    """Timestamp the trail's latest checkpoint, unless it has been."""
    anchoring.anchor(at=timezone.now())


@tasks.periodically(seconds=config.settings().anchor_seconds)
def ask_second() -> int:
    """Have checkpoints timestamped by the second authority too."""
    return anchoring.ask_second(at=timezone.now())


@tasks.periodically(seconds=10)
def prove_names() -> None:
    """Ask again for proofs whose process died on the way."""
    acme.prove_stuck(at=timezone.now())


@tasks.periodically(seconds=3600)
def wipe_shares() -> None:
    """Wipe shares that officers handed in for recoveries which were not finished in time."""
    recovery.wipe_expired(at=timezone.now())


@tasks.periodically(seconds=3600)
def forget_nonces() -> None:
    """Forget used nonces that nobody could use again anyway."""
    acme.forget_nonces(at=timezone.now())

"""The background rounds that make recorded entries provable."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.security.trail import actions


@tasks.periodically(seconds=1)
def integrate() -> int:
    """Give waiting entries their places in the log."""
    return actions.integrate(at=timezone.now())


@tasks.periodically(seconds=1)
def announce() -> int:
    """Show the grown log to the other zone's witness."""
    return actions.announce(at=timezone.now())

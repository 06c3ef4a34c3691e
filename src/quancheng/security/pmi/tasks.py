"""The round that goes on with simulations too long for a request."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.security.pmi.actions import simulating


@tasks.periodically(seconds=2)
def simulate() -> int:
    """Go on with the simulations that are running."""
    return simulating.advance_all(at=timezone.now())

"""The worker's rounds: what changed goes into the index, what was replaced goes away."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.support.search import actions


@tasks.periodically(seconds=2)
def follow() -> int:
    """Bring changes into the index; build it where there is none."""
    return actions.follow(at=timezone.now())


@tasks.periodically(seconds=5)
def sweep() -> int:
    """Clear away replaced generations, a part at a time."""
    return actions.sweep()

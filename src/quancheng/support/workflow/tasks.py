"""The worker's round over service tasks and timers."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.support.workflow.engine import work


@tasks.periodically(seconds=1)
def run_due() -> int:
    """Run the service tasks and timers that are due."""
    return work.run_due(at=timezone.now())

"""Carries letters out in the background."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.support.notifications import adapters, public


@tasks.periodically(seconds=5)
def send_letters() -> int:
    """Send what is due; safe to kill at any moment."""
    return public.send_due_letters(gateway=adapters.gateway(), now=timezone.now())

"""The round that keeps attribute certificates in step with what their holders serve as."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.security.attributes import public


@tasks.periodically(seconds=60)
def follow_duties() -> int:
    """Revoke what rests on a duty that is over or changed, and issue what came instead."""
    return public.follow_duties(at=timezone.now())

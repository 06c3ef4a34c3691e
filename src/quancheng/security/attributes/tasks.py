"""The round that takes back what an ended appointment had brought."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.security.attributes import public


@tasks.periodically(seconds=60)
def revoke_ended() -> int:
    """Revoke attribute certificates whose appointment is over."""
    return public.revoke_ended(at=timezone.now())

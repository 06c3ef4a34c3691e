"""Background rounds: clocks that come near or expire, and clocks counted with an older calendar."""

from django.db import transaction
from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.support.calendar import public


@tasks.periodically(seconds=30)
def announce_due() -> int:
    """Tell of periods that come near their end or have passed it."""
    return public.announce_due(at=timezone.now())


@tasks.periodically(seconds=300)
def redate() -> int:
    """Count clocks again after an upgrade has brought a newly announced year."""
    with transaction.atomic():
        return public.redate(today=timezone.localdate())

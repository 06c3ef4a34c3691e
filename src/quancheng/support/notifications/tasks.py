"""What goes on in the background: sending, bundling, giving up, forgetting. Each round is safe to kill at any time."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.support.notifications import adapters, public, rules
from quancheng.support.notifications.actions import sending


@tasks.periodically(seconds=2)
def send() -> int:
    """Hand over what is due, on every way that this site has."""
    now, tried = timezone.now(), 0
    for channel in rules.CHANNELS:
        if gateway := adapters.gateway(channel):
            tried += public.send_due(channel=channel, gateway=gateway, now=now)
    return tried


@tasks.periodically(seconds=30)
def bundle() -> int:
    """Make the digests that are due."""
    return public.bundle_due(now=timezone.now())


@tasks.periodically(seconds=600)
def give_up() -> int:
    """Give up what has been waiting for a gateway for days."""
    return sending.give_up_stale(now=timezone.now())


@tasks.periodically(seconds=3600)
def forget() -> int:
    """Take addresses and texts out of what was settled long ago."""
    return sending.forget_old(now=timezone.now())

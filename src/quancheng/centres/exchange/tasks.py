"""The rounds of the exchange. Each takes its work from tables and folders, so it may be killed anywhere."""

from django.utils import timezone

from quancheng.kernel import tasks, zone
from quancheng.zones.gateway import public as gateway

from . import actions
from .engine.border import ExchangeDesk


@tasks.periodically(seconds=0.2)
def deliver() -> int:
    """Deliver messages to those who hear them here."""
    return actions.deliver_ready()


@tasks.periodically(seconds=0.3)
def cross() -> int:
    """Sign what was announced, take in what arrived, send what waits."""
    return actions.sign_pending() + actions.cross()


@tasks.periodically(seconds=3600)
def tidy() -> int:
    """Remove the files of bundles that both sides finished with long ago."""
    return gateway.office(ExchangeDesk()).tidy(timezone.now()) if zone.other() else 0

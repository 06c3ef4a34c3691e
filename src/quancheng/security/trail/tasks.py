"""The background rounds that make recorded entries provable."""

import logging
import threading

from django.db import connections
from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.security.trail import actions, queries

log = logging.getLogger(__name__)
_sender: list[threading.Thread] = []


@tasks.periodically(seconds=1)
def integrate() -> int:
    """Give waiting entries their places in the log."""
    return actions.integrate(at=timezone.now())


@tasks.periodically(seconds=1)
def announce() -> int:
    """Show the grown log to the other zone's witness."""
    return actions.announce(at=timezone.now())


@tasks.periodically(seconds=1)
def forward() -> int:
    """Send entries to the collector, if there is one, beside the other rounds: a dead one must not hold them up."""
    if queries.collector() is None or any(thread.is_alive() for thread in _sender):
        return 0
    _sender[:] = [threading.Thread(target=_send, name="trail-forwarding", daemon=True)]
    _sender[0].start()
    return 0


def _send() -> None:
    """Send until nothing is left. Dying on the way loses nothing: the cursor has not moved."""
    try:
        while actions.forward(at=timezone.now()):
            continue
    except Exception:
        log.exception("sending to the collector failed; it goes on with the next round")
    finally:
        connections.close_all()

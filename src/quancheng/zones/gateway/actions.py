"""Writes an operator asks for. The gateway lies below pmi, so the exchange wraps these in actions of its own."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import zone
from quancheng.kernel.refusal import Refusal

from .engine import spool
from .engine.office import Desk, Office
from .models import Alarm, Quarantined


class NoBorder(Refusal):
    """One process serves both zones, or the record is gone: there is nothing to do at the border."""

    code = "gateway.no-border"
    message = _("There is nothing to do at the border.")


def office(desk: Desk) -> Office:
    """Return this site's end of the border. :raises NoBorder: where one process serves both zones."""
    peer = zone.other()
    if peer is None:
        raise NoBorder
    return Office(here=zone.current(), peer=peer, spool=spool.here(), desk=desk)


def try_again(*, desk: Desk, item_id: int) -> None:
    """Examine a quarantined file anew. :raises NoBorder: if it is no longer kept."""
    item = Quarantined.objects.filter(pk=item_id).first()
    if item is None:
        raise NoBorder
    try:
        office(desk).try_again(item)
    except FileNotFoundError as error:
        raise NoBorder from error


def close_alarm(*, alarm_id: int, by: str, at: datetime) -> None:
    """Mark an alarm as seen to. Closing it twice changes nothing."""
    Alarm.objects.filter(pk=alarm_id, closed_at=None).update(closed_at=at, closed_by=by[:100])

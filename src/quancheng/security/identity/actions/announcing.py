"""Telling the other zone what became of organisations."""

from datetime import date
from typing import Any

from quancheng.kernel import events, zone
from quancheng.security.identity.events import OrganisationsChanged


def announce(change_id: str, kind: str, code: str, day: date, plan: dict[str, Any], **about: str) -> None:
    """Announce a change that has been carried out; for `kind` and `plan` see `OrganisationsChanged`."""
    # Only the zone that keeps the organisations tells; in one process for both there is nobody to tell.
    if zone.current() == zone.INTRANET:
        events.publish(
            OrganisationsChanged(
                change_id=change_id, kind=kind, organisation=code, effective_on=day.isoformat(), plan=plan, **about
            )
        )

"""The intranet keeps what the extranet's review found, so that one page shows both."""

from datetime import datetime

from quancheng.kernel import events
from quancheng.security.posture import actions


@events.hears("posture.review-held")
def keep(message: events.Message) -> None:
    """Keep the other zone's reading, unless a newer one is here already."""
    found = message.data
    actions.keep(zone=message.zone, at=datetime.fromisoformat(found["at"]), content=found["reading"])

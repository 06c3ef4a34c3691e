"""What the extranet's calendar does when the intranet's has been changed, and what forms ask the calendar."""

from django.utils import timezone

from quancheng.kernel import events
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import public
from quancheng.support.eforms import public as eforms

ACTOR = pmi.service_actor("calendar")


@events.hears("calendar.year-loaded")
def take_year(message: events.Message) -> None:
    """Count with the same days as the other zone."""
    public.receive_year(actor=ACTOR, data=message.data, at=timezone.now())


@events.hears("calendar.rule-version-added")
def take_version(message: events.Message) -> None:
    """Count by the same rules as the other zone."""
    public.receive_version(actor=ACTOR, data=message.data, at=timezone.now())


# Forms ask for days on which offices work; which those are only the calendar knows.
eforms.judges_working_days(public.is_workday)

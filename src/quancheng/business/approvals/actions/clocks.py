"""The statutory clocks of an application: first the one for acceptance, then the one for the decision."""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from quancheng.business.approvals.models import Application
from quancheng.support.calendar import public as calendar

ACCEPTANCE = "CN-AL-32-correction"


def begin_acceptance(application: Application, *, on: datetime) -> str:
    """Start the five working days for acceptance; return the moment at which they are over, ISO 8601 with offset."""
    view = calendar.start_clock(
        rule=ACCEPTANCE,
        subject=application.subject,
        started_at=on,
        title=_title(application),
        organisation=application.organisation,
    )
    return silence_speaks(view)


def silence_speaks(clock: calendar.ClockView) -> str:
    """Return the moment at which the period is over: the last day counts in full. ISO 8601 with offset."""
    return timezone.make_aware(datetime.combine(clock.due_on + timedelta(days=1), time.min)).isoformat()


def begin_review(application: Application, *, on: datetime, stopped_on: datetime) -> None:
    """Stop the clock for acceptance and start the one for the decision, counted from `on`, as the service item says."""
    stop(application, on=stopped_on)
    body = application.version.body
    calendar.start_clock(
        rule=body["statutory"]["rule"],
        subject=application.subject,
        started_at=on,
        title=_title(application),
        promised_days=body["promised_days"],
        organisation=application.organisation,
    )


def stop(application: Application, *, on: datetime) -> None:
    """Stop the running clock, if one runs."""
    view = calendar.find_clock(application.subject)
    if view is not None and view.state is not calendar.State.STOPPED:
        calendar.stop(view.id, at=on)


def facts(application: Application) -> dict[str, Any]:
    """Return the running clock as the service protocol has it, empty when none runs."""
    view = calendar.find_clock(application.subject)
    if view is None or view.state is calendar.State.STOPPED:
        return {}
    return view.as_data()


def _title(application: Application) -> str:
    return f"{application.version.item.title} {application.number}"

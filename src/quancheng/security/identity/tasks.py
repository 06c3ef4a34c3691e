"""The rounds that carry out on its day what was decided before."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.security.identity.actions import importing, restructuring, signing_out, staffing


@tasks.periodically(seconds=60)
def change_organisations() -> int:
    """Carry out the changes of organisations whose day has come."""
    return restructuring.carry_out_due(at=timezone.now())


@tasks.periodically(seconds=60)
def let_go() -> int:
    """End what is left of the accounts whose last day is over."""
    return staffing.carry_out_departures(at=timezone.now())


@tasks.periodically(seconds=3600)
def forget_files() -> int:
    """Delete spreadsheets that were sent in and never taken in."""
    return importing.forget_old(at=timezone.now())


@tasks.periodically(seconds=2)
def tell_systems() -> int:
    """Tell departments' systems who has signed out."""
    return signing_out.deliver_notices(at=timezone.now())

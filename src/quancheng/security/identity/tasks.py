"""The rounds that carry out on its day what was decided before."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.security.identity.actions import importing, restructuring, saml, signing_out, staffing
from quancheng.security.identity.adapters import saml_keys


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


@tasks.periodically(seconds=3600)
def look_after_saml() -> int:
    """Announce a new signing key in good time, and forget requests that can no longer be sent again."""
    now = timezone.now()
    saml_keys.renew(now)
    return saml.forget_answered(at=now)

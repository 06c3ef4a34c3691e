"""Whether the time of this site can be believed: deadlines, timestamps and sessions hang on it."""

import ctypes
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import posture
from quancheng.kernel.posture import Finding, Severity
from quancheng.security.pki import public as pki
from quancheng.security.trail import public as trail

# What ntp_gettime(3) returns when nothing disciplines the clock.
TIME_ERROR = 5
AHEAD = timedelta(seconds=10)
TOLERATED = 1.0  # seconds; the timestamp service promises this accuracy


class _Timeval(ctypes.Structure):
    """The structure ntptimeval of ntp_gettime(3)."""

    _fields_ = (
        ("seconds", ctypes.c_long),
        ("microseconds", ctypes.c_long),
        ("largest_error", ctypes.c_long),
        ("likely_error", ctypes.c_long),
        ("leap_seconds", ctypes.c_long),
        ("unused", ctypes.c_long * 4),
    )


def discipline() -> tuple[bool, float] | None:
    """Return whether the kernel's clock is disciplined and how wrong it may be (seconds); None where nobody knows."""
    ask = getattr(ctypes.CDLL(None), "ntp_gettime", None) if sys.platform == "linux" else None
    if ask is None:
        return None
    found = _Timeval()
    state = ask(ctypes.byref(found))
    return None if state < 0 else (state != TIME_ERROR, found.largest_error / 1_000_000)


def address(page: str) -> str:
    """Return the address of a page, empty where its app is not installed."""
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""


@posture.check("posture.clock", title=_("The clock of this site"))
def clock(at: datetime) -> Iterator[Finding]:
    """Find a clock that nothing disciplines, that may be wrong by more than is promised, or that was put back."""
    known = discipline()
    remedy = _("Run chrony against the time servers of the government network.")
    if known and not known[0]:
        yield Finding(
            Severity.SERIOUS, _("Nothing keeps the clock of this machine right."), key="undisciplined", remedy=remedy
        )
    elif known and known[1] > TOLERATED:
        yield Finding(
            Severity.SERIOUS,
            _("The clock of this machine may be wrong by %(seconds)s seconds.") % {"seconds": f"{known[1]:.1f}"},
            key="inaccurate",
            remedy=remedy,
        )
    if not pki.clock_view().good:
        yield Finding(
            Severity.CRITICAL,
            _("The timestamp service doubts the clock and makes no timestamps."),
            key="doubted",
            remedy=_("Set the clock right, then accept it on the page of the clock."),
            url=address("crypto:clock"),
        )
    latest = trail.checkpoint()
    if latest is not None and latest.at > at + AHEAD:
        yield Finding(
            Severity.CRITICAL,
            _("The trail was signed at a time that is still to come: the clock was put back."),
            key="put-back",
            remedy=remedy,
        )

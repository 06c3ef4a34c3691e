"""Quiet hours and the times of digests, reckoned in the city's own time."""

from datetime import datetime, time, timedelta

MONDAY = 0


def read_time(text: str) -> time:
    """Return the time that `text` ("22:00") says. :raises ValueError: when it says none."""
    return time.fromisoformat(text).replace(tzinfo=None)


def is_quiet(moment: time, *, begins: time, ends: time) -> bool:
    """Test whether `moment` lies in the quiet hours, the beginning included and the end not; they may pass midnight.

    Hours that begin when they end are no hours.
    """
    if begins <= ends:
        return begins <= moment < ends
    return moment >= begins or moment < ends


def next_loud(moment: datetime, *, begins: time, ends: time) -> datetime:
    """Return `moment`, which is local, or the end of the quiet hours that it lies in."""
    if not is_quiet(moment.time(), begins=begins, ends=ends):
        return moment
    return _next(moment, ends)


def next_digest(moment: datetime, *, period: str, at: time) -> datetime:
    """Return when the next digest goes out after the local `moment`: every day at `at`, or on Mondays."""
    found = _next(moment, at)
    while period == "weekly" and found.weekday() != MONDAY:
        found += timedelta(days=1)
    return found


def _next(moment: datetime, at: time) -> datetime:
    found = datetime.combine(moment.date(), at, tzinfo=moment.tzinfo)
    return found if found > moment else found + timedelta(days=1)

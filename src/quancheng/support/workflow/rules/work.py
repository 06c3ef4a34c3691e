"""Decisions about work on plain values: how urgent it is, when a failed service task is tried again."""

from datetime import date

NEAR_DAYS = 3
WARNING_DAYS = 1


def clock_state(due_on: date | None, *, today: date) -> str:
    """Return `normal`, `near` (three days or fewer), `warning` (one day or none), `overdue`; empty without a date."""
    if due_on is None:
        return ""
    left = (due_on - today).days
    if left < 0:
        return "overdue"
    if left <= WARNING_DAYS:
        return "warning"
    return "near" if left <= NEAR_DAYS else "normal"


def pause(attempts: int, *, first: int, longest: int) -> int:
    """Return how many seconds to wait after the `attempts`-th failure: doubled each time, never above `longest`."""
    return min(first * 2 ** min(attempts - 1, 30), longest)

"""When a letter is tried again, and which way its state may go. The states are those of GOV.UK Notify."""

from datetime import datetime, timedelta
from typing import Final

CREATED, SENDING, DELIVERED = "created", "sending", "delivered"
TEMPORARY_FAILURE, PERMANENT_FAILURE = "temporary-failure", "permanent-failure"
WAITING: Final = (CREATED, TEMPORARY_FAILURE)
LEASE: Final = timedelta(minutes=10)
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=6)


def next_try(*, attempts: int, now: datetime, limit: int) -> datetime | None:
    """Return when to try again after `attempts` failures: 1, 2, 4 … minutes, at most 6 hours; None after `limit`."""
    if attempts >= limit:
        return None
    return now + min(FIRST_PAUSE * 2 ** min(attempts - 1, 16), LONGEST_PAUSE)


def is_abandoned(*, taken_at: datetime, now: datetime) -> bool:
    """Test whether the worker that took the letter must have died: it is still being sent after the lease."""
    return now - taken_at > LEASE


def message_id(letter: str, *, domain: str) -> str:
    """Return the Message-ID (RFC 5322 3.6.4), the same at every try, so that a mailbox shows a letter once."""
    return f"<{letter}@{domain}>"

"""The states of a delivery, which are those of GOV.UK Notify, and when one is tried again."""

from datetime import datetime, timedelta
from typing import Final

INBOX, EMAIL, SMS, VOICE, PUSH = "inbox", "email", "sms", "voice", "push"
CHANNELS: Final = (EMAIL, SMS, VOICE, PUSH)
"""The ways outside; the inbox is always filled and is no delivery."""
DISTURBING: Final = frozenset({SMS, VOICE, PUSH})
"""What rings or lights up a telephone, and therefore waits until the quiet hours are over."""

CREATED, SENDING, SENT, PENDING, DELIVERED = "created", "sending", "sent", "pending", "delivered"
TEMPORARY_FAILURE, PERMANENT_FAILURE = "temporary-failure", "permanent-failure"
TECHNICAL_FAILURE = "technical-failure"
WAITING: Final = (CREATED, TEMPORARY_FAILURE)
FINAL: Final = frozenset({DELIVERED, PERMANENT_FAILURE, TECHNICAL_FAILURE})
RECEIPTS: Final = frozenset({SENT, PENDING, DELIVERED, TEMPORARY_FAILURE, PERMANENT_FAILURE, TECHNICAL_FAILURE})

LEASE: Final = timedelta(minutes=10)
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=6)
TOLERATED: Final = 5
"""How many failures of a gateway itself, one after the other, before it is left alone for a while."""
LONGEST_REST: Final = timedelta(minutes=30)


def next_try(*, attempts: int, now: datetime, limit: int) -> datetime | None:
    """Return when to try again after `attempts` failures: 1, 2, 4 … minutes, at most 6 hours; None after `limit`."""
    if attempts >= limit:
        return None
    return now + min(FIRST_PAUSE * 2 ** min(attempts - 1, 16), LONGEST_PAUSE)


def rest(*, failures: int) -> timedelta:
    """Return how long a gateway is left alone after `failures` in a row: not at all, then 1, 2, 4 … 30 minutes."""
    if failures < TOLERATED:
        return timedelta(0)
    return min(FIRST_PAUSE * 2 ** min(failures - TOLERATED, 16), LONGEST_REST)


def tokens_now(*, tokens: float, seconds: float, per_second: float) -> float:
    """Return how many may be sent now: what was left, and what `seconds` brought; never more than one second's worth.

    At a rate below one a second it fills up to one.
    """
    return min(max(1.0, per_second), tokens + max(0.0, seconds) * per_second)


def follows(state: str, *, known: str) -> bool:
    """Test whether a receipt may bring a delivery from `known` to `state`.

    What is final stays, and repetitions say nothing. A receipt may overtake the worker that is still writing down that
    it handed the message over.
    """
    if state not in RECEIPTS or known in FINAL or known in {state, CREATED}:
        return False
    if state in {SENT, PENDING}:
        return known == SENDING or (known == SENT and state == PENDING)
    return True


def message_id(delivery: str, *, domain: str) -> str:
    """Return the Message-ID (RFC 5322 3.6.4), the same at every try, so that a mailbox shows a letter once."""
    return f"<{delivery}@{domain}>"

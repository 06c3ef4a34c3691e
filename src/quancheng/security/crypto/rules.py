"""Quotas and addresses: decisions on plain values."""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

# The privilege of each operation; a system asks for it as a scope of its token.
PRIVILEGES: Final = {
    "sign": "crypto.signature.make",
    "batch": "crypto.batch.make",
    "verify": "crypto.signature.verify",
    "encrypt": "crypto.message.encrypt",
    "decrypt": "crypto.message.decrypt",
    "hash": "crypto.digest.make",
    "timestamp": "crypto.timestamp.make",
}
MOST_CALLS: Final = 10_000_000


def left(*, allowed: int, made: int) -> int:
    """Return how many calls are left of `allowed`; a quota that was lowered during the day leaves none, never fewer."""
    return max(0, allowed - made)


def resets_at(day: date, zone: tzinfo) -> datetime:
    """Return when the quota of `day` begins anew: at the next midnight of `zone`."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)


def code_of(path: str) -> str:
    """Return the code of the organisation at `path`, empty for the empty path."""
    return path.rstrip("/").rpartition("/")[2]

"""How the trail has timestamp tokens judged: it knows no certificates."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

# Takes a timestamp token and the bytes it must be over; returns what is wrong with it, empty when nothing is.
TimestampCheck = Callable[[bytes, bytes], str]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a timestamp token says: by whom, when, and what is wrong with it, empty when nothing is."""

    authority: str
    at: datetime | None
    problem: str | Promise = ""


# Takes a token of any authority, the bytes it must be over, and the token of the authority that it must not be by.
TimestampJudge = Callable[[bytes, bytes, bytes | None], Stamp]

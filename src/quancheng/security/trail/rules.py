"""What a leaf and a body of the trail look like, as plain values."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

SALT_BYTES = KEY_BYTES = 32
ABOUT, BY, ENTRY = "about", "by", "entry"
LEAF_VERSION = 1


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def canonical(value: object) -> str:
    """Return the one JSON text of `value`: sorted keys, no spaces, UTF-8 kept; other values as their string."""
    return _CANONICAL.encode(value)


def stamp(at: datetime) -> str:
    """Return an instant in UTC with microseconds, the same text for the same instant in any time zone."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def body(
    *,
    action: str,
    actor_id: str,
    actor_name: str,
    outcome: str,
    subjects: Iterable[str],
    organisation: str,
    detail: Mapping[str, object],
    at: datetime,
) -> str:
    """Return the full account of an entry. It may be personal, so it is stored beside the log, never in it."""
    return canonical(
        {
            "action": action,
            "actor_id": actor_id,
            "actor_name": actor_name,
            "at": stamp(at),
            "detail": dict(detail),
            "organisation": organisation,
            "outcome": outcome,
            "subjects": sorted(set(subjects)),
        }
    )


def commitment(*, salt: bytes, body: str) -> str:
    """Return the hex SHA-256 over salt and body.

    The salt is kept with the body and erased with it: without it nobody can confirm a guess of what was erased.
    """
    return hashlib.sha256(salt + body.encode()).hexdigest()


def key(kind: str, name: str) -> bytes:
    """Return the key under which the register keeps the entries ABOUT a subject or BY an actor."""
    return hashlib.sha256(f"quancheng trail {kind}\n{name}".encode()).digest()


def keys(*, subjects: Iterable[str], actor_id: str) -> tuple[bytes, ...]:
    """Return the register's keys of an entry, in order."""
    found = {key(ABOUT, subject) for subject in subjects}
    return tuple(sorted(found | {key(BY, actor_id)} if actor_id else found))


def apart(joined: bytes) -> tuple[bytes, ...]:
    """Return the keys that stand one behind the other in `joined`."""
    return tuple(joined[at : at + KEY_BYTES] for at in range(0, len(joined), KEY_BYTES))


def waiting(subjects: Sequence[str], detail: Mapping[str, object], erases: Sequence[int] = ()) -> str:
    """Return what an entry says beyond its columns, as it is kept until the entry has its place."""
    content: dict[str, object] = {"detail": dict(detail), "subjects": subjects}
    if erases:
        content["erases"] = erases
    return canonical(content)


def told(text: str) -> dict[str, Any]:
    """Return `subjects`, `detail` and `erases` of a waiting entry.

    What cannot be read was damaged while it waited; it is kept as a detail, so that it holds nothing up.
    """
    try:
        found = {"erases": [], **json.loads(text)}
        if (
            isinstance(found["detail"], dict)
            and isinstance(found["subjects"], list)
            and isinstance(found["erases"], list)
        ):
            return found
    except (ValueError, TypeError, KeyError):
        pass
    return {"subjects": [], "detail": {"unreadable": text}, "erases": []}


def leaf(*, salt: bytes, body: str, action: str, outcome: str, at: datetime, erases: Sequence[int] = ()) -> str:
    """Return the public leaf: the commitment to the body and what is not personal. `erases` names erased entries."""
    content: dict[str, object] = {
        "action": action,
        "at": stamp(at),
        "body": commitment(salt=salt, body=body),
        "outcome": outcome,
        "v": LEAF_VERSION,
    }
    if erases:
        content["erases"] = list(erases)
    return canonical(content)


# On fewer days than these nobody has a usual measure.
DAYS_KNOWN = 5


def unusual(things: int, earlier: Sequence[int], *, least: int, times: int, always: int) -> bool:
    """Test whether somebody looked at unusually many `things` in an hour.

    `earlier` is how many it were in the busiest hour of each earlier day on which they looked at all; their usual is
    the middle one. Below `least` nothing is unusual, from `always` on everything is.
    """
    usual = median(earlier) if len(earlier) >= DAYS_KNOWN else 0
    return things >= always or (things >= least and things > times * usual)


def longest_refusals(outcomes: Iterable[tuple[str, datetime]]) -> tuple[int, datetime | None]:
    """Return how many refusals came one after the other at most, and when the first of these was."""
    best: tuple[int, datetime | None] = (0, None)
    count, first = 0, None
    for outcome, at in outcomes:
        if outcome == "done":
            count, first = 0, None
            continue
        count, first = count + 1, first or at
        if count > best[0]:
            best = count, first
    return best

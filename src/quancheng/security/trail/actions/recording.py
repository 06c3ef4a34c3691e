"""Putting entries into the trail."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from quancheng.security.trail import rules
from quancheng.security.trail.engine import sealing

# One narrow row, written by hand: this runs at every action and every look, and callers wait for it. Leaf, names, salt
# table and search indexes are the sequencer's work (docs/adr/0010).
ENTRY = (
    'INSERT INTO "trail_entry" (at, action, outcome, actor_id, actor_name, organisation, leaf, sealed, salt, keys) '
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry ready to be inserted: the columns of its row."""

    columns: tuple[str | bytes | datetime, ...]


def record(
    *,
    action: str,
    actor_id: str,
    actor_name: str,
    outcome: str = "done",
    subjects: Iterable[str] = (),
    organisation: str = "",
    detail: Mapping[str, object] | None = None,
    at: datetime | None = None,
) -> str:
    """Put an entry into the trail, in the caller's transaction, and return its id.

    The sequencer gives it its place in the Merkle log once the caller has committed. `outcome` is "done" or the code
    of a refusal; `detail` is JSON-like (other values are kept as their string).
    """
    prepared = prepare(
        action=action,
        actor_id=actor_id,
        actor_name=actor_name,
        outcome=outcome,
        subjects=subjects,
        organisation=organisation,
        detail=detail or {},
        at=at or timezone.now(),
    )
    return insert(prepared)


def prepare(
    *,
    action: str,
    actor_id: str,
    actor_name: str,
    outcome: str,
    subjects: Iterable[str],
    organisation: str,
    detail: Mapping[str, object],
    at: datetime,
    erases: Sequence[int] = (),
) -> Prepared:
    """Return the entry as it will be inserted. Only the leaf of an erasure is made here: it names places."""
    salt = secrets.token_bytes(rules.SALT_BYTES)
    subjects = tuple(sorted(set(subjects)))
    body = rules.body(
        action=action,
        actor_id=actor_id,
        actor_name=actor_name,
        outcome=outcome,
        subjects=subjects,
        organisation=organisation,
        detail=detail,
        at=at,
    )
    leaf = rules.leaf(salt=salt, body=body, action=action, outcome=outcome, at=at, erases=erases) if erases else ""
    instant = connection.ops.adapt_datetimefield_value(at) or ""
    keys = b"".join(rules.keys(subjects=subjects, actor_id=actor_id))
    sealed = sealing.seal(salt, body)
    return Prepared((instant, action, outcome, actor_id, actor_name, organisation, leaf, sealed, salt, keys))


def insert(row: Prepared) -> str:
    """Insert an entry; return its id."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(ENTRY, row.columns)
            return str(cursor.lastrowid)
        cursor.execute(f"{ENTRY} RETURNING id", row.columns)
        ((pk,),) = cursor.fetchall()
        return str(pk)

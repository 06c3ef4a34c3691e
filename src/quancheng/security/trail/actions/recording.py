"""Putting entries into the trail."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from quancheng.security.trail import rules
from quancheng.security.trail.engine import sealing

# Written by hand: this runs at every action and every look, and the ORM would take three times as long.
ENTRY = (
    'INSERT INTO "trail_entry" (at, action, outcome, actor_id, actor_name, organisation, leaf, sealed) '
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"
)
KEY = 'INSERT INTO "trail_bodykey" (entry_id, salt) VALUES (%s, %s)'
NAME = 'INSERT INTO "trail_entryname" (entry_id, key) VALUES (%s, %s)'
NAMES = [NAME + ", (%s, %s)" * more for more in range(8)]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry ready to be inserted: its columns, its salt and its keys in the register."""

    columns: tuple[str | bytes | datetime, ...]
    salt: bytes
    keys: tuple[bytes, ...]


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
    return insert((prepared,))[0]


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
    """Return the entry as it will be inserted."""
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
    leaf = rules.leaf(salt=salt, body=body, action=action, outcome=outcome, at=at, erases=erases)
    instant = connection.ops.adapt_datetimefield_value(at) or ""
    return Prepared(
        (instant, action, outcome, actor_id, actor_name, organisation, leaf, sealing.seal(salt, body)),
        salt,
        rules.keys(subjects=subjects, actor_id=actor_id),
    )


def insert(rows: Sequence[Prepared]) -> list[str]:
    """Insert entries, all or none; return their ids."""
    if not connection.in_atomic_block:
        with transaction.atomic():
            return insert(rows)
    ids = []
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(ENTRY, row.columns)
            ((pk,),) = cursor.fetchall()
            cursor.execute(KEY, (pk, row.salt))
            for at in range(0, len(row.keys), len(NAMES)):
                part = row.keys[at : at + len(NAMES)]
                cursor.execute(NAMES[len(part) - 1], [value for key in part for value in (pk, key)])
            ids.append(str(pk))
    return ids

"""Putting entries into the trail."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from quancheng.security.trail import rules

# One narrow row, written by hand: this runs at every action and every look, and callers wait for it. Salt, seal, leaf,
# names and search indexes are the sequencer's work (docs/adr/0010).
ENTRY = (
    'INSERT INTO "trail_entry" (at, action, outcome, actor_id, actor_name, organisation, leaf, waiting, keys) '
    "VALUES (%s, %s, %s, %s, %s, %s, '', %s, %s)"
)
MARKED = ENTRY.replace("%s", "?")

_kept = threading.local()


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
) -> None:
    """Put an entry into the trail, in the caller's transaction.

    The sequencer gives it its place in the Merkle log once the caller has committed. `outcome` is "done" or the code
    of a refusal; `detail` is JSON-like (other values are kept as their string).
    """
    insert(
        action=action,
        actor_id=actor_id,
        actor_name=actor_name,
        outcome=outcome,
        subjects=subjects,
        organisation=organisation,
        detail=detail or {},
        at=at or timezone.now(),
    )


def insert(
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
) -> None:
    """Insert an entry, which may be an erasure of others by their places."""
    names = sorted(set(subjects))
    keys = b"".join(rules.keys(subjects=names, actor_id=actor_id))
    rest = (action, outcome, actor_id, actor_name, organisation, rules.waiting(names, detail, erases), keys)
    # The thread's own connection: the proxy of `django.db.connection` looks it up at every word. Its driver is asked
    # itself, since Django's cursor takes as long as all the rest; where somebody listens to the queries, that is used.
    own = connections[DEFAULT_DB_ALIAS]
    if own.execute_wrappers or own.queries_logged:
        with own.cursor() as cursor:
            cursor.execute(ENTRY, (own.ops.adapt_datetimefield_value(at), *rest))
        return
    own.ensure_connection()
    own.validate_no_broken_transaction()
    with own.wrap_database_errors:
        if own.vendor == "sqlite":
            # An instant as Django writes it. By itself it would wait for the writer's place with the worst of chances
            # (kernel.sqlite), and a refusal's entry stands by itself.
            with nullcontext() if own.in_atomic_block else transaction.atomic():
                own.connection.execute(MARKED, (str(at.astimezone(UTC).replace(tzinfo=None)), *rest))
            return
        # A fresh cursor would learn anew how each type is written. The driver's own binds values at the server, which
        # plans the statement once a connection.
        if getattr(_kept, "connection", None) is not own.connection:
            from psycopg import Cursor

            _kept.connection, _kept.cursor = own.connection, Cursor(own.connection)
        _kept.cursor.execute(ENTRY, (at, *rest), prepare=True)

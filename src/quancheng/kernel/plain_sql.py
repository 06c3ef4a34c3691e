"""Plain SQL that runs hundreds of times a second, given to the driver itself and prepared once a connection.

Django's cursor costs about as much as a small statement. Whoever listens to the queries (tests that count them, the
debug log) still hears these: then Django's cursor is used.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


def fetch(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement with `%s` places, in the transaction there is, and return its rows."""
    rows, _changed = _run(statement, parameters, wanted=True)
    return rows


def change(statement: str, parameters: Sequence[Any]) -> int:
    """Run a statement with `%s` places, in the transaction there is, and return how many rows it changed."""
    _rows, changed = _run(statement, parameters, wanted=False)
    return changed


def _run(statement: str, parameters: Sequence[Any], *, wanted: bool) -> tuple[list[tuple[Any, ...]], int]:
    # The thread's own connection: the proxy of `django.db.connection` looks it up at every word.
    own = connections[DEFAULT_DB_ALIAS]
    if own.execute_wrappers or own.queries_logged:
        with own.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if wanted else [], cursor.rowcount
    own.close_if_health_check_failed()
    own.ensure_connection()
    own.validate_no_broken_transaction()
    with own.wrap_database_errors:
        if own.vendor == "sqlite":
            found = own.connection.execute(_marked(statement), parameters)
        else:
            # Django's own cursors put the values into the text; a prepared statement needs the server to bind them.
            found = _plain_cursor()(own.connection).execute(statement, parameters, prepare=True)
        return found.fetchall() if wanted else [], found.rowcount


@lru_cache(maxsize=256)
def _marked(statement: str) -> str:
    return statement.replace("%s", "?").replace("%%", "%")


@lru_cache(maxsize=1)
def _plain_cursor() -> Any:
    from psycopg import Cursor

    return Cursor

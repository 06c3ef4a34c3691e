"""Where a rehearsal plays: everything it writes is gone afterwards, and meanwhile it keeps nobody waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, transaction


@contextmanager
def stage() -> Iterator[None]:
    """Open a transaction that is rolled back.

    SQLite has one writer, and whoever begins to write keeps all others waiting to the end. So there the rehearsal gets
    tables of its own that hide the engine's (https://www.sqlite.org/lang_naming.html: the temporary database is looked
    into first), in a transaction that only reads the file. Within a transaction that writes already it makes no
    difference any more, and PostgreSQL's writers do not wait for one another.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with _rolled_back():
            yield
        return
    own: Any = connection  # SQLite's alone has a mode
    usual = own.transaction_mode
    own.transaction_mode = "DEFERRED"
    try:
        with _rolled_back():
            _hide()
            yield
    finally:
        own.transaction_mode = usual


@contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def _hide() -> None:
    """Make empty tables of the names of the engine's; of the definitions they have the newest versions."""
    tables = {model._meta.db_table for model in apps.get_app_config("workflow").get_models()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, name, tbl_name, sql FROM main.sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        for kind, name, table, text in cursor.fetchall():
            if table not in tables:
                continue
            if kind == "table":
                cursor.execute(text.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))
            elif text.startswith("CREATE UNIQUE INDEX"):
                cursor.execute(text.replace(f'"{name}"', f'temp."{name}"', 1))
        cursor.execute(
            "INSERT INTO temp.workflow_definition SELECT * FROM main.workflow_definition WHERE (key, version) IN "
            "(SELECT key, max(version) FROM main.workflow_definition GROUP BY key)"
        )

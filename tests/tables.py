"""The tables of the tests' database: kept from one run to the next, and put back after what a test stored for good."""

import os
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What the tables of an empty site are made from; any change in it, and they are made anew.
SOURCES = (
    "src/**/migrations/*.py",
    "src/**/apps.py",
    "src/**/*.toml",
    "src/**/*.bpmn",
    "src/**/*.dmn",
    "requirements/test.txt",
)


def snapshot() -> Path:
    """Return where the migrated, empty SQLite database of these sources is kept between runs."""
    files = sorted(file for pattern in SOURCES for file in ROOT.glob(pattern))
    facts = [f"{file.relative_to(ROOT)} {sha256(file.read_bytes()).hexdigest()}" for file in files]
    key = sha256("\n".join([os.environ["QC_ZONE"], *facts]).encode()).hexdigest()[:16]
    return ROOT / "build" / f"tables.{key}.sqlite3"


def keep(connection, place: Path) -> None:
    """Write the database in memory to a file that appears whole."""
    place.parent.mkdir(exist_ok=True)
    draft = place.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(draft)) as copy:
        connection.connection.backup(copy)
    draft.replace(place)


class Migrated:
    """All rows as the migrations left them.

    Django empties every table instead and announces the migrations again, which takes a tenth of a second on SQLite and
    four on PostgreSQL, and leaves the rows out that migrations write.
    """

    def __init__(self, connection):
        self.connection = connection
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            self.rows = sqlite3.connect(":memory:", check_same_thread=False)
            connection.connection.backup(self.rows)
        else:
            self._keep_beside()

    def put_back(self) -> None:
        """Bring the rows back; nothing may be open on the database."""
        if self.connection.vendor == "sqlite":
            self.connection.ensure_connection()
            self.rows.backup(self.connection.connection)
        else:
            with self.connection.cursor() as cursor:
                cursor.execute("select migrated.put_back()")

    def _keep_beside(self) -> None:
        """Keep the rows in a schema beside the tables, with a function that knows every table."""
        quote = self.connection.ops.quote_name
        with self.connection.cursor() as cursor:
            cursor.execute("drop schema if exists migrated cascade")
            cursor.execute("create schema migrated")
            steps = []
            for table in sorted(self.connection.introspection.table_names(cursor)):
                name = quote(table)
                steps.append(f"if exists (select from public.{name}) then delete from public.{name}; end if;")
                cursor.execute(f"select exists (select from public.{name})")
                if cursor.fetchone()[0]:
                    cursor.execute(f"create table migrated.{name} as table public.{name}")
                    steps.append(f"insert into public.{name} select * from migrated.{name};")
            # A replica runs no triggers and checks no foreign keys: the rows need no order.
            cursor.execute(
                "create function migrated.put_back() returns void language plpgsql "
                f"set session_replication_role = replica as $$ begin {' '.join(steps)} end $$"
            )

"""The index of tokens behind one interface: FTS5 in SQLite, a GIN index over tsvector in PostgreSQL.

Both hold nothing but the set of a document's tokens, made by us; neither parses, stems or ranks. What stands in a
question reaches them as quoted tokens only.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection

TABLE = "search_index"
Rows = Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A condition: each of `all_of` must hold; one holds when all tokens of one of its alternatives are there."""

    all_of: tuple[tuple[tuple[str, ...], ...], ...]

    def and_one_of(self, *alternatives: tuple[str, ...]) -> "Wanted":
        """Return the condition with one more part."""
        return Wanted((*self.all_of, alternatives))


class Engine(Protocol):
    """Keeps tokens and finds ids. Everything happens in the caller's transaction."""

    def add(self, rows: Rows) -> None:
        """Take in documents: (id, tokens separated by spaces)."""

    def remove(self, rows: Rows) -> None:
        """Take out documents, with the tokens that were taken in."""

    def learn(self) -> None:
        """Find out how frequent tokens are, after very many documents were taken in."""

    def ids(self, wanted: Wanted, limit: int) -> tuple[str, list[Any]]:
        """Return SQL for the newest `limit` ids that fulfil `wanted`, newest first, and its parameters."""


class Fts5:
    """SQLite. Contentless: the tokens are kept once, in `Body`; positions are not kept, we ask for sets.

    https://www.sqlite.org/fts5.html sections 4.4.2 (contentless tables), 4.6 (detail) and 6.4 (the delete command).
    """

    def add(self, rows: Rows) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {TABLE}(rowid, tokens) VALUES (%s, %s)", rows)  # noqa: S608

    def remove(self, rows: Rows) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {TABLE}({TABLE}, rowid, tokens) VALUES ('delete', %s, %s)",  # noqa: S608
                rows,
            )

    def learn(self) -> None:
        """Know nothing of that kind: FTS5 has no planner."""

    def ids(self, wanted: Wanted, limit: int) -> tuple[str, list[Any]]:
        text = " AND ".join(
            "(" + " OR ".join("(" + " AND ".join(f'"{token}"' for token in way) + ")" for way in ways) + ")"
            for ways in wanted.all_of
        )
        sql = f"SELECT rowid AS id FROM {TABLE} WHERE {TABLE} MATCH %s ORDER BY rowid DESC LIMIT %s"  # noqa: S608
        return sql, [text, limit]


class Tsvector:
    """PostgreSQL. https://www.postgresql.org/docs/15/textsearch-features.html

    GIN knows no order: it would fetch every match before the newest are chosen. So each row also carries the token of
    its neighbourhood of ids, and `search_ids` (migration 0003) asks as many of the newest ones as should have enough.
    """

    def add(self, rows: Rows) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {TABLE}(id, tokens)"  # noqa: S608
                " SELECT id, array_to_tsvector(string_to_array(tokens, ' ') || ('b_' || (id >> 14)))"
                " FROM unnest(%s::bigint[], %s::text[]) AS given(id, tokens)",
                [[key for key, _tokens in rows], [tokens for _key, tokens in rows]],
            )

    def remove(self, rows: Rows) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE} WHERE id = ANY(%s)", [[key for key, _tokens in rows]])  # noqa: S608

    def learn(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {TABLE}")

    def ids(self, wanted: Wanted, limit: int) -> tuple[str, list[Any]]:
        text = " & ".join(
            "(" + " | ".join("(" + " & ".join(f"'{token}'" for token in way) + ")" for way in ways) + ")"
            for ways in wanted.all_of
        )
        return "SELECT id FROM search_ids(%s::tsquery, %s) AS id", [text, limit]


ENGINES: dict[str, Engine] = {"sqlite": Fts5(), "postgresql": Tsvector()}


def engine() -> Engine:
    """Return the engine of the site's database."""
    return ENGINES[connection.vendor]


def among(keys: Sequence[int]) -> tuple[str, list[Any]]:
    """Return a condition on a column of ids, to stand behind its name, for very many of them."""
    if connection.vendor == "postgresql":
        return "= ANY(%s::bigint[])", [list(keys)]
    # So many parameters a statement of SQLite may not have.
    return "IN (SELECT value FROM json_each(%s))", [json.dumps(list(keys))]


def select(sql: str, parameters: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return cursor.fetchall()

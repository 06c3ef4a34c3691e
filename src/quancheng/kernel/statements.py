"""Queries that every request asks: their SQL is made once, and each run only fills in the values.

Making SQL out of a queryset costs more than a small table's answer. A query is worth this when every click asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, QuerySet

from quancheng.kernel import plain_sql


class Parameter(Expression):
    """A place in a query where a value comes later: `Parameter("day", DateField())`."""

    def __init__(self, name: str, kind: Field[Any, Any]) -> None:
        super().__init__(output_field=kind)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Return the place itself as its own parameter."""
        return "%s", [self]

    def value(self, values: dict[str, Any], connection: Any) -> Any:
        """Return the value of this place as the database takes it. :raises KeyError: when none was given."""
        return self.output_field.get_db_prep_value(values[self.name], connection)


class Statement:
    """A query with places for values: `Statement(lambda: Post.objects.filter(day=Parameter("day", DateField())))`.

    `ask` returns a queryset of `values_list` tuples; it is asked once, so nothing that changes may go
    into it but through a `Parameter`.
    """

    def __init__(self, ask: Callable[[], QuerySet[Any, Any]]) -> None:
        self._ask = ask
        self._made = cache(self._make)

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows for these values."""
        connection = connections[DEFAULT_DB_ALIAS]
        sql, places, converters = self._made(connection.vendor)
        given = [item.value(values, connection) if isinstance(item, Parameter) else item for item in places]
        found = plain_sql.fetch(sql, given)
        if not converters:
            return found
        return [_converted(row, converters, connection) for row in found]

    def _make(self, _vendor: str) -> tuple[str, Sequence[Any], list[tuple[int, Any, Any]]]:
        compiler = self._ask().query.get_compiler(DEFAULT_DB_ALIAS)
        sql, places = compiler.as_sql()
        wanted = compiler.get_converters([column for column, _sql, _alias in compiler.select])
        return sql, places, [(at, converters, expression) for at, (converters, expression) in wanted.items()]


def _converted(row: Sequence[Any], converters: list[tuple[int, Any, Any]], connection: Any) -> tuple[Any, ...]:
    columns = list(row)
    for at, several, expression in converters:
        for convert in several:
            columns[at] = convert(columns[at], expression, connection)
    return tuple(columns)

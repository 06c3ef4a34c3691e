"""Which rows somebody sees: an actor's grants compiled into a condition that the database tests row by row.

Every list of the platform asks here, so that a list shows exactly what `Actor.may` allows of each of its rows.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, Q
from django.db.models.lookups import Lookup

from quancheng.security.pmi.rules import Actor


@CharField.register_lookup
class Below(Lookup):
    """`path__below="370100/"`: the path begins with this one. Compared by code point, and found by an index.

    SQLite's LIKE takes capitals for small letters and uses no index; its texts compare by code point, so a range says
    the same exactly. PostgreSQL's LIKE is exact and uses an index of the pattern class.
    """

    lookup_name = "below"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, values = self.process_lhs(compiler, connection)
        pattern = str(self.rhs).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        return f"{column} LIKE %s ESCAPE '\\'", (*values, pattern)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Say it as a range, from the path itself to what comes next after all that begin with it."""
        column, values = self.process_lhs(compiler, connection)
        first = str(self.rhs)
        return f"({column} >= %s AND {column} < %s)", (*values, first, *values, first[:-1] + chr(ord(first[-1]) + 1))


NOTHING = Q(pk__in=())
EVERYTHING = ~NOTHING


def below(column: str, path: str) -> Q:
    """Return the condition that `column` holds `path` or a path below it; anything at all for the empty path."""
    return Q(**{f"{column}__below": path}) if path else EVERYTHING


def visible(actor: Actor, action: str, *, organisation: str = "", owner: str = "") -> Q:
    """Return the condition on rows that `actor` may use `action` on, for what each row's columns say.

    `organisation` and `owner` name the columns (lookups over relations may stand there) with the path of the row's
    organisation and the id of its owner; a list without such a column leaves it empty. It holds for a row exactly when
    `actor.may(action, row.organisation, row.owner)`; without a column for organisations, when they may anywhere.
    """
    reach = actor.reach(action)
    own = Q(**{owner: actor.id}) if reach.own and owner else NOTHING
    if "" in reach.branches:
        return EVERYTHING
    if not organisation:
        return EVERYTHING if reach.branches or reach.units else own
    found = own | within(organisation, reach.branches)
    if reach.units:
        found |= Q(**{f"{organisation}__in": reach.units})
    if reach.unplaced:
        found |= Q(**{organisation: ""})
    return found


def within(column: str, paths: Iterable[str]) -> Q:
    """Return the condition that `column` holds one of `paths` or a path below one."""
    found = NOTHING
    for path in paths:
        found |= below(column, path)
    return found

"""Which rows somebody sees: an actor's grants compiled into a condition that the database tests row by row.

Every list of the platform asks here, so that a list shows exactly what `Actor.may` allows of each of its rows.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, Q
from django.db.models.lookups import Lookup

from quancheng.security.pmi import adapters
from quancheng.security.pmi.rules import Actor, Reach


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


def visible(
    actor: Actor,
    action: str,
    *,
    organisation: str = "",
    code: str = "",
    owner: str = "",
    me: object = None,
    open_to: tuple[str, ...] = (),
) -> Q:
    """Return the condition on rows that `actor` may use `action` on, for what each row's columns say.

    `organisation` and `owner` name the columns (lookups over relations may stand there) with the path of the row's
    organisation and the id of its owner; `code`, instead of a path, one with the organisation's code. A list without
    such a column leaves it empty. `me` is what stands in the owner's column for the actor, by default the actor's id.
    Kinds in `open_to` see their own rows without a grant. It holds for a row exactly when
    `actor.may(action, row.organisation, row.owner)`; without a column for places, when they may anywhere.
    """
    reach = actor.reach(action)
    own = Q(**{owner: actor.id if me is None else me}) if owner and (reach.own or actor.kind in open_to) else NOTHING
    if organisation:
        return own | reached(reach, organisation)
    if code:
        return own | _coded(reach, code)
    return EVERYTHING if reach.branches or reach.units else own


def visible_by(actor: Actor, *, privilege: str, organisation: str) -> Q:
    """Return the condition on rows that themselves name, in the column `privilege`, what it takes to see them."""
    alike: dict[Reach, list[str]] = {}
    for name in sorted({grant.privilege for grant in actor.grants}):
        alike.setdefault(actor.reach(name), []).append(name)
    found = NOTHING
    for reach, names in alike.items():
        found |= Q(**{f"{privilege}__in": names}) & reached(reach, organisation)
    return found


def reached(reach: Reach, organisation: str) -> Q:
    """Return the condition that the path in the column `organisation` is reached."""
    if "" in reach.branches:
        return EVERYTHING
    found = within(organisation, reach.branches)
    if units := [unit for unit in reach.units if unit]:
        found |= Q(**{f"{organisation}__in": units})
    return found | Q(**{organisation: ""}) if reach.unplaced else found


def placed(code: str) -> str:
    """Return the path of the organisation `code`; "" for what is none of today's, which belongs to the whole city."""
    return _paths().get(code, "")


def _paths() -> dict[str, str]:
    return {path.rstrip("/").rpartition("/")[2]: path for path, _name in adapters.directory().places()}


def _coded(reach: Reach, code: str) -> Q:
    """Return the condition that the organisation whose code stands in the column is reached."""
    if "" in reach.branches or not (reach.branches or reach.units):
        return EVERYTHING if reach.branches else NOTHING
    paths = _paths()
    held = [name for name, path in paths.items() if path.startswith(reach.branches) or path in reach.units]
    found = Q(**{f"{code}__in": held})
    return found | ~Q(**{f"{code}__in": list(paths)}) if reach.unplaced else found


def within(column: str, paths: Iterable[str]) -> Q:
    """Return the condition that `column` holds one of `paths` or a path below one."""
    found = NOTHING
    for path in paths:
        found |= below(column, path)
    return found

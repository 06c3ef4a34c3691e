"""The statements of the common step, written out: completing a task is what this platform does most.

Django builds a statement anew each time, which costs more than running it; these are built once. They are the plain SQL
that SQLite and PostgreSQL share. Everything that happens less often goes through the models.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from django.db import connection, models

from quancheng.kernel import plain_sql
from quancheng.support.workflow.models import Case, CaseEvent, Definition, Task, Token

TASK = ("id", "token", "element_id", "name", "privilege", "organisation", "state", "assignee", "assignee_name",
        "behalf_of", "behalf_of_name", "special")  # fmt: skip
CASE = (
    "id", "digest", "key", "subject", "organisation", "status", "last_token", "version", "parent_id", "parent_token",
    "variables", "passed",
)  # fmt: skip


@dataclass(slots=True)
class HeldCase:
    """The part of a case that a move needs; the same names as the model's."""

    pk: int
    digest: str
    key: str
    subject: str
    organisation: str
    status: str
    last_token: int
    version: int
    parent_id: int | None
    parent_token: int
    variables: Mapping[str, Any]
    passed: list[str]


@dataclass(slots=True)
class HeldTask:
    """The part of a task that its completion needs, and its case."""

    pk: int
    token: int
    element_id: str
    name: str
    privilege: str
    organisation: str
    state: str
    assignee: str
    assignee_name: str
    behalf_of: str
    behalf_of_name: str
    special: bool
    case: HeldCase


@dataclass(slots=True, kw_only=True)
class Line:
    """A line for the timeline."""

    kind: str
    at: datetime
    element_id: str = ""
    name: str = ""
    actor_id: str = ""
    actor_name: str = ""
    behalf_of_name: str = ""
    text: str = ""
    case_id: int = field(default=0)


def quoted(model: type[models.Model]) -> str:
    """Return the name of a model's table as it stands in SQL."""
    return connection.ops.quote_name(model._meta.db_table)


@cache
def _statement(name: str) -> str:
    task, case, token, definition = map(quoted, (Task, Case, Token, Definition))
    hold = " FOR UPDATE OF c" if connection.features.has_select_for_update_of else ""
    columns = ", ".join([*(f"t.{item}" for item in TASK), *(f"c.{item}" for item in CASE)])
    return {
        "hold": f"SELECT {columns} FROM {task} t JOIN {case} c ON c.id = t.case_id WHERE t.id = %s{hold}",  # noqa: S608
        "done": f"UPDATE {task} SET state = 'DONE', assignee = '', assignee_name = '', done_at = %s, done_by = %s, "  # noqa: S608
        "done_by_name = %s, behalf_of = %s, behalf_of_name = %s, outcome = %s WHERE id = %s "
        "AND state IN ('OPEN', 'CLAIMED') AND assignee = %s AND special = %s",
        "done at": f"UPDATE {task} SET state = 'DONE', assignee = '', assignee_name = '', done_at = %s, done_by = %s, "  # noqa: S608
        "done_by_name = %s, behalf_of = %s, behalf_of_name = %s, outcome = %s WHERE id = %s "
        "AND state IN ('OPEN', 'CLAIMED') AND assignee = %s AND special = %s "
        f"AND EXISTS (SELECT 1 FROM {case} c WHERE c.id = %s AND c.version = %s)",
        "newest": f"SELECT id, digest, app_label, viewing_only FROM {definition} WHERE key = %s "  # noqa: S608
        "ORDER BY version DESC LIMIT 1",
        "tokens": f"SELECT number, element_id, scope, via, role, data FROM {token} WHERE case_id = %s ORDER BY number",  # noqa: S608
        "replace": f"UPDATE {token} SET number = %s, element_id = %s, scope = %s, via = %s, role = %s, data = %s "  # noqa: S608
        "WHERE case_id = %s AND number = %s",
    }[name]


@lru_cache(maxsize=64)
def moment(at: datetime | None) -> Any:
    """Return `at` as the database takes it; one moment is written to many rows of a step."""
    return connection.ops.adapt_datetimefield_value(at)


def text(value: Any) -> str:
    """Return `value` as the JSON that is stored."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def newest(key: str) -> tuple[int, str, str, bool] | None:
    """Return (id, digest, app label, whether for viewing only) of the newest version of a process, None without one."""
    found = plain_sql.fetch(_statement("newest"), (key,))
    return (*found[0][:3], bool(found[0][3])) if found else None  # type: ignore[return-value]


def hold(task_id: int) -> HeldTask | None:
    """Return a task and hold its case until the transaction ends; None if there is no such task."""
    found = plain_sql.fetch(_statement("hold"), (task_id,))
    if not found:
        return None
    row = found[0]
    place: int = len(TASK)
    case: tuple[Any, ...] = (*row[place:-2], json.loads(row[-2]), json.loads(row[-1]))
    task: tuple[Any, ...] = (*row[:place], HeldCase(*case))
    return HeldTask(*task)


def finish(
    task: HeldTask,
    *,
    at: datetime,
    actor_id: str,
    actor_name: str,
    outcome: str,
    behalf: tuple[str, str] = ("", ""),
    version: int | None = None,
) -> bool:
    """Mark a task done, perhaps in somebody else's name; tell whether it still was to be done, as it was read.

    With `version` its case must be at that version still.
    """
    facts = (moment(at), actor_id, actor_name, *behalf, outcome, task.pk, task.assignee, task.special)
    if version is None:
        return bool(plain_sql.change(_statement("done"), facts))
    return bool(plain_sql.change(_statement("done at"), (*facts, task.case.pk, version)))


TokenColumns = tuple[int, str, int, str, str, str]


def tokens(case_id: int) -> list[TokenColumns]:
    """Return (number, element, scope, via, role, data as JSON) of every token of a case, by number."""
    return plain_sql.fetch(_statement("tokens"), (case_id,))  # type: ignore[return-value]


def replace(case_id: int, gone: int, new: TokenColumns) -> None:
    """Put the token `new` in the place of the token with the number `gone`."""
    plain_sql.change(_statement("replace"), (*new, case_id, gone))


def drop(case_id: int, numbers: Sequence[int]) -> None:
    """Remove tokens."""
    table, places = quoted(Token), ", ".join(["%s"] * len(numbers))
    plain_sql.change(f"DELETE FROM {table} WHERE case_id = %s AND number IN ({places})", (case_id, *numbers))  # noqa: S608


def insert(
    model: type[models.Model], rows: Sequence[Mapping[str, Any]], *, unless_there: bool = False
) -> tuple[int, ...]:
    """Store rows in one statement and return their keys; what a row does not say takes the field's default.

    With `unless_there` a row that a unique constraint forbids is left out.
    """
    if not rows:
        return ()
    given = [value for row in rows for value in values(model, row)]
    return tuple(row[0] for row in plain_sql.fetch(_insertion(model, len(rows), unless_there), given))


def values(model: type[models.Model], row: Mapping[str, Any]) -> list[Any]:
    """Return the values of a new row as the database takes them, in the order of `columns`."""
    return [
        (prepare(row[name]) if prepare else row[name]) if name in row else default
        for name, prepare, default in _columns(model)
    ]


def plain_row(model: type[models.Model], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a new row with all its columns as JSON has them."""
    found = {**_plain_defaults(model), **row}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


@cache
def _plain_defaults(model: type[models.Model]) -> dict[str, Any]:
    return {item.attname: item.get_default() for item in model._meta.concrete_fields if not item.primary_key}


@cache
def columns(model: type[models.Model]) -> tuple[str, ...]:
    """Return the names of a model's columns without its key."""
    return tuple(str(item.column) for item in model._meta.concrete_fields if not item.primary_key)


@cache
def kind(model: type[models.Model], name: str) -> str:
    """Return the type of a column without its length: a value that is too long is to be refused, not cut."""
    field = next(item for item in model._meta.concrete_fields if item.column == name)
    return str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection)).partition("(")[0]


@cache
def _columns(model: type[models.Model]) -> tuple[tuple[str, Callable[[Any], Any] | None, Any], ...]:
    """Return the columns of a model without its key: name, what prepares a value for the database, default."""
    prepares: dict[type, Callable[[Any], Any]] = {
        models.DateTimeField: moment,
        models.DateField: connection.ops.adapt_datefield_value,
        models.JSONField: text,
    }
    fields = [item for item in model._meta.concrete_fields if not item.primary_key]
    return tuple((item.attname, prepares.get(type(item)), _default(item)) for item in fields)


def _default(item: "models.Field[Any, Any]") -> Any:
    value = item.get_default()
    return text(value) if isinstance(item, models.JSONField) else value


@cache
def _insertion(model: type[models.Model], count: int, unless_there: bool) -> str:
    names = columns(model)
    places = f"({', '.join(['%s'] * len(names))})"
    values = ", ".join([places] * count)
    conflict = "ON CONFLICT DO NOTHING " if unless_there else ""
    return f"INSERT INTO {quoted(model)} ({', '.join(names)}) VALUES {values} {conflict}RETURNING id"  # noqa: S608


def write(lines: Iterable[Line], *, case_id: int) -> None:
    """Add lines to a case's timeline."""
    insert(CaseEvent, [line_row(line, case_id) for line in lines])


def line_row(line: Line, case_id: int) -> dict[str, Any]:
    """Return a line of a case's timeline as it is stored."""
    return {
        "case_id": case_id,
        "kind": line.kind,
        "element_id": line.element_id,
        "name": line.name,
        "actor_id": line.actor_id,
        "actor_name": line.actor_name,
        "behalf_of_name": line.behalf_of_name,
        "text": line.text,
        "at": line.at,
    }


def advance(case_id: int, version: int, changes: Mapping[str, Any]) -> bool:
    """Change a case that is still at `version`; tell whether it was."""
    ready = prepared(Case, changes)
    return bool(plain_sql.change(_change(tuple(changes)), (*ready, case_id, version)))


def prepared(model: type[models.Model], facts: Mapping[str, Any]) -> list[Any]:
    """Return the values of some columns as the database takes them."""
    prepares = {name: prepare for name, prepare, _default in _columns(model)}
    return [prepare(value) if (prepare := prepares[name]) else value for name, value in facts.items()]


@cache
def _change(names: tuple[str, ...]) -> str:
    changes = ", ".join(f"{name} = %s" for name in names)
    return f"UPDATE {quoted(Case)} SET {changes} WHERE id = %s AND version = %s"  # noqa: S608

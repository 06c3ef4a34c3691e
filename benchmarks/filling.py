"""Fills PostgreSQL with very many cases: one that waits and one that has ended, copied by the database itself.

Secondary indexes and foreign keys are taken off meanwhile and made anew, as when a dump is read in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.models import Case, CaseEvent, Passage, Task, Token

MODELS = (Case, Task, Token, CaseEvent, Passage)


def fill(actor: pmi.Actor, *, key: str, cases: int, departments: int, doers: list[str]) -> None:
    """Make `cases` cases of the process `key`, one in twenty of them running, over departments and `doers` (actors)."""
    # Those that run are the newest, as in life.
    shares = (("ended", cases - cases // 20), ("running", cases // 20))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        first = {}
        for subject, _share in shares:
            case = workflow.start(key=key, subject=subject, title="办件", organisation="370100/d0/", actor=actor)
            while subject == "ended" and case.opened:
                case = workflow.complete(actor=actor, task_id=case.opened[0])
            first[subject] = case.id
        # Checks at the end of the transaction stand in the way of taking constraints off.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with bare(cursor):
            for subject, share in shares:
                _copies(subject, first[subject], share, departments, doers)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _copies(subject: str, case_id: int, share: int, departments: int, doers: list[str]) -> None:
    own = {
        "subject": f"'{subject}:' || n",
        "title": "'办件 ' || n",
        "organisation": f"'370100/d' || n %% {departments} || '/'",
        "started_at": "t.started_at - n * interval '1 minute'",
        "ended_at": "t.ended_at - n * interval '1 minute'",
    }
    copy(Case, own, f"workflow_case t, generate_series(1, {share}) n WHERE t.id = {case_id}")
    names = ", ".join(f"'{name}'" for name in doers)
    who = f"CASE WHEN t.done_by = '' THEN '' ELSE (ARRAY[{names}])[1 + c.id %% {len(doers)}] END"
    changes: dict[Any, dict[str, str]] = {
        Task: {
            "case_id": "c.id", "organisation": "c.organisation", "done_by": who,
            "due_on": "current_date + (c.id %% 30)::int",
            "done_at": "t.done_at - c.id * interval '1 minute'",
            "created_at": "t.created_at - c.id * interval '1 minute' - (c.id %% 97) * interval '1 hour'",
        },
        Passage: {"case_id": "c.id", "task_id": "NULL"},
    }  # fmt: skip
    for model in (Task, Token, CaseEvent, Passage):
        source = f"{model._meta.db_table} t, workflow_case c WHERE t.case_id = {case_id}"
        place = changes.get(model, {"case_id": "c.id"})
        copy(model, place, f"{source} AND c.subject LIKE '{subject}:%%'")


def copy(model: Any, changes: dict[str, str], source: str) -> None:
    """Insert rows of `model` copied from `source`, whose row is `t`, with other expressions in some columns."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    values = ", ".join(changes.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM {source}", ())


@contextmanager
def bare(cursor: Any) -> Iterator[None]:
    """Take indexes and foreign keys off the tables of cases, and put them on again."""
    tables = [model._meta.db_table for model in MODELS]
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('f', 'u') ORDER BY contype DESC",
        [tables],
    )
    constraints = cursor.fetchall()
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT LIKE '%%_pkey' "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        [tables],
    )
    indexes = cursor.fetchall()
    for table, name, _text in reversed(constraints):
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _text in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _name, text in indexes:
        cursor.execute(text)
    for table, name, text in constraints:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {text}')

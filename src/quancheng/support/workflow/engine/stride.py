"""The common step, done in one look and one write: a task is done and the case comes to rest at other work.

Nothing is held between the look and the write. The write takes hold of the case and happens only where case and task
still are as they were looked at, in one statement on PostgreSQL; where they are not, and for every step that is not so
plain, the case is held first (`acting`). Each change of a case's tokens or variables changes its version, by which that
is seen.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, models, transaction

from quancheng.kernel import plain_sql
from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow.engine import effects, rows, semantics, store
from quancheng.support.workflow.engine.cases import CaseBrief, brief
from quancheng.support.workflow.engine.drawing import Definition, Kind
from quancheng.support.workflow.engine.moves import history
from quancheng.support.workflow.engine.rows import CASE, TASK, HeldCase, HeldTask, Line
from quancheng.support.workflow.engine.semantics import Role, State, Status, Step, Token
from quancheng.support.workflow.models import Case, CaseEvent, Job, Passage, Task
from quancheng.support.workflow.models import Token as TokenRow

WAITING = frozenset({Task.State.OPEN, Task.State.CLAIMED})
# Where a token rests without more than a task, a service task, or nothing at all.
PLAIN = frozenset({Kind.USER, Kind.SERVICE, Kind.PARALLEL, Kind.INCLUSIVE})


def look(task_id: int) -> tuple[HeldTask, State] | None:
    """Return a task with its case and the case's state, all of one moment and held by nobody; None without one."""
    found = plain_sql.fetch(_looking(), (task_id,))
    if not found:
        return None
    row, place = found[0], len(TASK)
    about: tuple[Any, ...] = (*row[place:-3], json.loads(row[-3]), json.loads(row[-2]))
    case = HeldCase(*about)
    tokens = {
        number: Token(number, node, scope, via, Role(role) if role else Role.PLAIN, data)
        for number, node, scope, via, role, data in sorted(json.loads(row[-1] or "[]"))
    }
    state = State(tokens, case.variables, case.last_token, Status(case.status))
    own: tuple[Any, ...] = (*row[: place - 1], bool(row[place - 1]), case)
    return HeldTask(*own), state


def take(task: HeldTask, state: State, act: Mapping[str, Any], *, at: datetime) -> CaseBrief | None:
    """Do a task that was looked at, and move its case on; None where that needs the case to be held first."""
    case = task.case
    if task.special or task.state not in WAITING or case.status != Status.RUNNING:
        return None
    drawing = store.definition(case.digest)
    cause = semantics.Completed(task.token, act["variables"])
    try:
        step = semantics.advance(drawing, state, cause)
        if not _plain(drawing, case, step):
            return None
        opened, jobs, lines = _work(drawing, case, step, at=at)
    except Refusal:
        # What is refused is refused of the case as it is, not as it was looked at.
        return None
    done = Line(
        kind=CaseEvent.Kind.DONE, at=at, element_id=task.element_id, name=task.name, actor_id=act["actor_id"],
        actor_name=act["actor_name"], behalf_of_name=act["behalf"][1], text=act["comment"],
    )  # fmt: skip
    lines = [done, *lines]
    if step.state.status is not Status.RUNNING:
        lines.append(Line(kind=step.state.status.value, at=at))
    added: dict[type[models.Model], Sequence[Mapping[str, Any]]] = {
        Task: opened,
        Job: jobs,
        CaseEvent: [rows.line_row(line, case.pk) for line in lines],
        Passage: history.passages(case, state, step, cause, task_id=task.pk),
    }
    tasks = _written(task, act, step, store.changes(case, step, at=at), added, at=at)
    if tasks is None:
        return None
    store.moved(case, step)
    return brief(case, tasks)


def _plain(drawing: Definition, case: HeldCase, step: Step) -> bool:
    """Whether the step needs no more than to put its tokens in place and to open tasks and service tasks."""
    more = step.changed or step.withdrawn or step.signals or step.escalations or step.deaf or step.notes
    if more or step.failure is not None or (case.parent_id and step.state.status is not Status.RUNNING):
        return False
    if step.state.status is not Status.RUNNING and drawing.listeners:
        return False
    if any(True for token in step.left for _event in effects.awaited(drawing, token)):
        return False
    return all(
        token.role is Role.PLAIN
        and drawing.nodes[token.node].kind in PLAIN
        and not any(True for _event in effects.awaited(drawing, token))
        for token in step.opened
    )


def _work(
    drawing: Definition, case: HeldCase, step: Step, *, at: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[Line]]:
    tasks, jobs, lines = [], [], []
    for token in step.opened:
        node = drawing.nodes[token.node]
        place = {"case_id": case.pk, "token": token.number}
        if node.kind is Kind.USER:
            known = semantics.known(step.state.tokens, step.state.variables, token.number)
            tasks.append(place | effects.task_row(node, known, case.organisation, at))
            lines.append(Line(kind=CaseEvent.Kind.OPENED, at=at, element_id=node.id, name=node.label))
        elif node.served:
            jobs.append(place | {"element_id": node.id, "handler": node.handler, "next_try_at": at})
    return tasks, jobs, lines


def _written(
    task: HeldTask, act: Mapping[str, Any], step: Step, changes: Mapping[str, Any],
    added: Mapping[type[models.Model], Sequence[Mapping[str, Any]]], *, at: datetime,
) -> tuple[int, ...] | None:  # fmt: skip
    """Store the step and return the new tasks; None, with nothing stored, where case or task have changed."""
    if connection.vendor == "postgresql":
        return _at_once(task, act, step, changes, added, at=at)
    case, behalf = task.case, (act["behalf"][0], act["behalf"][1])
    with transaction.atomic(savepoint=False):
        if not rows.finish(
            task, at=at, actor_id=act["actor_id"], actor_name=act["actor_name"], outcome=act["comment"], behalf=behalf,
            version=case.version,
        ):  # fmt: skip
            return None
        store.move_tokens(case, step)
        rows.advance(case.pk, case.version, changes)
        new = {model: rows.insert(model, items) for model, items in added.items()}
    return new[Task]


def _at_once(
    task: HeldTask, act: Mapping[str, Any], step: Step, changes: Mapping[str, Any],
    added: Mapping[type[models.Model], Sequence[Mapping[str, Any]]], *, at: datetime,
) -> tuple[int, ...] | None:  # fmt: skip
    case = task.case
    known: dict[type[models.Model], Sequence[Mapping[str, Any]]] = {
        TokenRow: [store.token_row(case.pk, token) for token in step.opened],
        **added,
    }
    given: list[Any] = [case.pk, case.version]
    given += [rows.moment(at), act["actor_id"], act["actor_name"], *act["behalf"], act["comment"]]
    given += [task.pk, task.assignee, *rows.prepared(Case, changes)]
    # As text without a type, so that a statement is prepared once and not for every size of number.
    texts = [None if one is None else str(one) for one in given]
    texts.append(f"{{{','.join(str(token.number) for token in step.left)}}}")
    texts += [rows.text([rows.plain_row(model, item) for item in items]) for model, items in known.items() if items]
    statement = _statement(tuple(changes), tuple(model for model, items in known.items() if items))
    done, tasks = plain_sql.fetch(statement, texts)[0]
    return tuple(tasks) if done else None


@cache
def _looking() -> str:
    task, case, token = map(rows.quoted, (Task, Case, TokenRow))
    columns = ", ".join([*(f"t.{item}" for item in TASK), *(f"c.{item}" for item in CASE[:-2])])
    own = "k.number, k.element_id, k.scope, k.via, k.role"
    if connection.vendor == "postgresql":
        texts, all_tokens = "c.variables::text, c.passed::text", f"json_agg(json_build_array({own}, k.data))::text"
    else:
        texts, all_tokens = "c.variables, c.passed", f"json_group_array(json_array({own}, json(k.data)))"
    tokens = f"SELECT {all_tokens} FROM {token} k WHERE k.case_id = c.id"  # noqa: S608
    return f"SELECT {columns}, {texts}, ({tokens}) FROM {task} t JOIN {case} c ON c.id = t.case_id WHERE t.id = %s"  # noqa: S608


@cache
def _statement(changed: tuple[str, ...], added: tuple[type[models.Model], ...]) -> str:
    """Return the statement that does it all: each part takes its rows from the one before, or there are none.

    New rows come as one JSON text a table, so that a step with two new tasks is no other statement than one with one.
    """
    task, case, token = map(rows.quoted, (Task, Case, TokenRow))
    sets = ", ".join(f"{name} = %s::{rows.kind(Case, name)}" for name in changed)
    parts = [
        f"held AS MATERIALIZED (SELECT id FROM {case} WHERE id = %s::bigint AND version = %s::integer FOR UPDATE)",  # noqa: S608
        f"done AS (UPDATE {task} t SET state = 'DONE', assignee = '', assignee_name = '', done_at = %s::timestamptz, "  # noqa: S608
        "done_by = %s, done_by_name = %s, behalf_of = %s, behalf_of_name = %s, outcome = %s FROM held "
        "WHERE t.id = %s::bigint AND t.case_id = held.id AND t.state IN ('OPEN', 'CLAIMED') AND t.assignee = %s "
        "AND NOT t.special RETURNING t.case_id)",
        f"moved AS (UPDATE {case} c SET {sets} FROM done WHERE c.id = done.case_id)",  # noqa: S608
        f"gone AS (DELETE FROM {token} k USING done WHERE k.case_id = done.case_id AND k.number = ANY(%s::integer[]))",  # noqa: S608
    ]
    for model in added:
        table, names = rows.quoted(model), rows.columns(model)
        own, theirs = ", ".join(names), ", ".join(f"n.{name}" for name in names)
        parts.append(
            f"{model._meta.db_table}_new AS (INSERT INTO {table} ({own}) SELECT {theirs} FROM done, "  # noqa: S608
            f"json_populate_recordset(NULL::{table}, %s::json) n RETURNING id)"
        )
    new = f"{Task._meta.db_table}_new"
    opened = f"ARRAY(SELECT id FROM {new} ORDER BY id)" if Task in added else "ARRAY[]::bigint[]"  # noqa: S608
    return f"WITH {', '.join(parts)} SELECT (SELECT count(*) FROM done), {opened}"  # noqa: S608

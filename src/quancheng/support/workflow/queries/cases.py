"""How cases stand: their drawing, tasks, timeline and troubles."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.functions import StrIndex, Upper
from django.db.models.lookups import Exact

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine import cases, store
from quancheng.support.workflow.engine.semantics import Role
from quancheng.support.workflow.models import Case, Job, Pending, SignalWait, Task, Timer, Token
from quancheng.support.workflow.queries.timeline import TimelineEvent, timeline
from quancheng.support.workflow.queries.worklist import MOST_COUNTED, PAGE_SIZE, Page

OPEN = (Task.State.OPEN, Task.State.CLAIMED)


@dataclass(frozen=True, slots=True)
class TaskView:
    """A user task of a case."""

    task_id: int
    element_id: str
    name: str
    state: str
    privilege: str
    organisation: str
    form: str
    assigned_to: str
    assignee: str
    due_on: date | None
    created_at: datetime
    done_at: datetime | None
    done_by: str
    outcome: str

    @property
    def is_open(self) -> bool:
        """Whether the task still has to be done."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Trouble:
    """An automatic step that does not succeed; `name` is how people call it."""

    name: str
    attempts: int
    error: str
    stuck: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """How a case stands. `active_elements` is where it rests, `done_elements` every node and flow behind it."""

    id: int
    key: str
    version: int
    name: str
    app: str
    subject: str
    title: str
    url: str
    organisation: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    definition_id: int
    definition_xml: str
    active_elements: tuple[str, ...]
    done_elements: tuple[str, ...]
    tasks: tuple[TaskView, ...]
    events: tuple[TimelineEvent, ...]
    variables: Mapping[str, Any]
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A line of the list of cases."""

    id: int
    title: str
    process: str
    app: str
    status: str
    started_at: datetime
    ended_at: datetime | None


def task(task_id: int) -> TaskView:
    """Return one task. :raises NoSuchTask: if there is none."""
    row = Task.objects.filter(pk=task_id).first()
    if row is None:
        raise cases.NoSuchTask
    return _task(row)


def open_tasks(actor: pmi.Actor, *, subject: str) -> tuple[TaskView, ...]:
    """Return the tasks about `subject` that `actor` may do now, oldest first."""
    rows = Task.objects.filter(case__subject=subject, state__in=OPEN).order_by("pk")
    return tuple(
        _task(row)
        for row in rows
        if actor.may(row.privilege, organisation=row.organisation) and row.assignee in {"", actor.id}
    )


def case(subject: str, *, key: str = "") -> CaseView:
    """Return the running case about `subject`, else the last one. :raises NoRunningCase: if there never was one."""
    rows = Case.objects.filter(subject=subject, parent=None)
    row = (
        (rows.filter(key=key) if key else rows)
        .select_related("definition")
        .order_by(F("ended_at").desc(nulls_first=True), "-pk")
        .first()
    )
    if row is None:
        raise cases.NoRunningCase(subject=subject)
    return _view(row)


def target(*, case_id: int) -> pmi.Target:
    """Return where a case belongs and how the trail names it. :raises NoSuchCase: if there is none."""
    row = Case.objects.filter(pk=case_id).only("organisation", "subject").first()
    if row is None:
        raise cases.NoSuchCase
    return pmi.Target(organisation=row.organisation, subjects=(row.subject,))


@pmi.reading("workflow.case.read", scope=target)
def case_record(*, actor: pmi.Actor, case_id: int) -> CaseView:
    """Return a case with its variables for an administrator; the look is entered in the trail."""
    return _view(Case.objects.select_related("definition").get(pk=case_id))


def cases_page(actor: pmi.Actor, *, status: str = "", search: str = "", page: int = 1) -> Page:
    """Return the cases at the places where `actor` may read cases, newest first; items are `CaseLine`."""
    rows = Case.objects.filter(pmi.visible(actor, "workflow.case.read", organisation="organisation"))
    if status:
        rows = rows.filter(status=status)
    if search:
        rows = rows.filter(containing(search))
    page = max(page, 1)
    first, last = (page - 1) * PAGE_SIZE, page * PAGE_SIZE
    # Few that are found are put in order here. Asked for the newest ones, the database would take the way through all
    # cases from the newest on, which is the shortest one where many are found and the longest one where few are.
    found = list(rows.order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])
    if len(found) <= MOST_COUNTED:
        rows = Case.objects.filter(pk__in=sorted(found, reverse=True)[first:last])
        first, last = 0, PAGE_SIZE
    shown = rows.select_related("definition").defer("variables", "passed", "definition__xml").order_by("-pk")
    items = tuple(
        CaseLine(row.pk, row.title, row.definition.name, row.app_label, row.status, row.started_at, row.ended_at)
        for row in shown[first:last]
    )
    return Page(items, min(len(found), MOST_COUNTED), page, more=len(found) > MOST_COUNTED)


def containing(search: str) -> Q:
    """Test for cases with `search` in their title or subject.

    PostgreSQL's index of pairs of characters (migration 0004) first says which cases have all pairs of what is asked; a
    single character has none. It knows how many cases have which pairs, but not how many are LIKE something, so the
    exact test is a comparison that it takes to be true of all: guessing that few are found it would sort them all.
    """
    if connection.vendor != "postgresql" or len(search) < 2:
        return Q(title__icontains=search) | Q(subject__icontains=search)
    found = ~Q(Exact(StrIndex(Upper("title"), Upper(Value(search))), 0))
    found |= ~Q(Exact(StrIndex(Upper("subject"), Upper(Value(search))), 0))
    there = Func(F("title"), F("subject"), function="workflow_pairs", arg_joiner=" || chr(10) || ")
    asked = Func(Value(search), function="workflow_pairs")
    pairs = Func(there, asked, template="%(expressions)s", arg_joiner=" @> ", output_field=BooleanField())
    return Q(pairs) & found


def _view(row: Case) -> CaseView:
    # Memories of work that could be undone are no places where the case is.
    resting = Token.objects.filter(case=row).exclude(role__in=[Role.DONE, Role.UNDOING])
    active = list(resting.order_by("number").values_list("element_id", flat=True))
    here = tuple(dict.fromkeys(active))
    return CaseView(
        id=row.pk,
        key=row.key,
        version=row.definition.version,
        name=row.definition.name,
        app=row.app_label,
        subject=row.subject,
        title=row.title,
        url=row.url,
        organisation=row.organisation,
        status=row.status,
        started_at=row.started_at,
        ended_at=row.ended_at,
        definition_id=row.definition_id,
        definition_xml=row.definition.xml,
        active_elements=here,
        done_elements=tuple(item for item in row.passed if item not in here),
        tasks=tuple(_task(item) for item in row.tasks.order_by("pk")),
        events=timeline(row),
        variables=row.variables,
        troubles=_troubles(row),
    )


def _task(row: Task) -> TaskView:
    return TaskView(
        task_id=row.pk,
        element_id=row.element_id,
        name=row.name,
        state=row.state,
        privilege=row.privilege,
        organisation=row.organisation,
        form=row.form,
        assigned_to=row.assignee_name,
        assignee=row.assignee,
        due_on=row.due_on,
        created_at=row.created_at,
        done_at=row.done_at,
        done_by=row.done_by_name,
        outcome=row.outcome,
    )


def _troubles(row: Case) -> tuple[Trouble, ...]:
    nodes = store.definition(row.digest).nodes
    found = [
        item
        for model in (Job, Timer, SignalWait)
        for item in model.objects.filter(case=row).exclude(last_error="").order_by("pk")
        if item.state in {Pending.State.WAITING, Pending.State.STUCK}
    ]
    names = {identity: node.label for identity, node in nodes.items()}
    return tuple(
        Trouble(
            names.get(item.element_id, item.element_id),
            item.attempts,
            item.last_error,
            item.state == Pending.State.STUCK,
        )
        for item in found
    )

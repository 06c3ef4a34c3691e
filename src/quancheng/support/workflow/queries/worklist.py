"""What is on somebody's desk, over all apps."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, Count, F, Func, Q, Window
from django.utils import timezone

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import rules
from quancheng.support.workflow.models import Task

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A line of a worklist. `clock_state` is normal, near, warning or overdue; empty without a due date."""

    task_id: int
    case_id: int
    subject: str
    title: str
    step: str
    app: str
    url: str
    organisation: str
    due_on: date | None
    assigned_to: str
    mine: bool
    created_at: datetime
    done_at: datetime | None
    clock_state: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of `items`; `total` counts all pages together, pages are numbered from 1."""

    items: tuple[Any, ...]
    total: int
    number: int
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(-(-self.total // self.size), 1)


def worklist(
    actor: pmi.Actor,
    *,
    state: str = "open",
    search: str = "",
    app: str = "",
    page: int = 1,
    size: int = PAGE_SIZE,
    today: date | None = None,
) -> Page:
    """Return what `actor` may do (`open`), has taken on (`claimed`) or has done (`done`), over all apps, in one query.

    Open work is ordered by what is due first, done work by what was done last. `search` looks into title and step.
    """
    rows = Task.objects.filter(_of(actor, state))
    if app:
        rows = rows.filter(case__app_label=app)
    if search:
        rows = rows.filter(Q(case__title__icontains=search) | Q(name__icontains=search))
    order = ("-done_at", "-id") if state == "done" else (F("due_on").asc(nulls_last=True), "id")
    found = rows.annotate(total=Window(Count("pk"))).order_by(*order).values_list(
        "pk", "case_id", "case__subject", "case__title", "name", "case__app_label", "case__url", "organisation",
        "due_on", "assignee_name", "assignee", "created_at", "done_at", "total",
    )  # fmt: skip
    page = max(page, 1)
    lines = list(found[(page - 1) * size : page * size])
    today = today or timezone.localdate()
    items = tuple(
        WorkItem(
            *line[:10],
            mine=line[10] == actor.id,
            created_at=line[11],
            done_at=line[12],
            clock_state="" if line[12] else rules.clock_state(line[8], today=today),
        )
        for line in lines
    )
    return Page(items, lines[0][13] if lines else 0, page, size)


def open_count(actor: pmi.Actor, *, app: str = "") -> int:
    """Return how many tasks wait for `actor`, in all apps or in one."""
    rows = Task.objects.filter(_of(actor, "open"))
    return (rows.filter(case__app_label=app) if app else rows).count()


def counts(actor: pmi.Actor) -> dict[str, int]:
    """Return how many tasks wait for `actor`, by app label."""
    rows = Task.objects.filter(_of(actor, "open")).values("case__app_label").annotate(number=Count("pk")).order_by()
    return dict(rows.values_list("case__app_label", "number"))


def _of(actor: pmi.Actor, state: str) -> Q:
    if state == "done":
        return _in(Task.State.DONE) & Q(done_by=actor.id)
    claimed = _in(Task.State.CLAIMED) & Q(assignee=actor.id)
    if state == "claimed":
        return claimed
    offered = _in(Task.State.OPEN) & pmi.visible_by(actor, privilege="privilege", organisation="organisation")
    return offered | claimed


def _in(state: Task.State) -> Q:
    """Test the state by a literal: SQLite takes a partial index only when its condition stands in the query."""
    return Q(Func(F("state"), template=f"%(expressions)s = '{state.value}'", output_field=BooleanField()))

"""What is on somebody's desk, over all apps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, Count, F, Func, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import rules
from quancheng.support.workflow.engine.moves import standing
from quancheng.support.workflow.models import Case, Signer, Task

PAGE_SIZE = 20
# Beyond this nobody pages; counting on would make a page dearer the more there is.
MOST_COUNTED = 1_000
MOST_TO_SIGN = 1_000


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A line of a worklist. `clock_state` is normal, near, warning or overdue; empty without a due date.

    `to_sign`: not the task itself is asked of the reader, but a signature on it. `behalf_of` is in whose name it is to
    be done, `urged` how often its holder was asked to hurry.
    """

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
    to_sign: bool = False
    behalf_of: str = ""
    urged: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A page of `items`; `total` counts all pages together, pages are numbered from 1.

    With `more` there are more than the `total`, which is `MOST_COUNTED` then.
    """

    items: tuple[Any, ...]
    total: int
    number: int
    size: int = PAGE_SIZE
    more: bool = False

    @property
    def counted(self) -> str:
        """The total as it is shown."""
        return f"{self.total}+" if self.more else str(self.total)

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
    """Return what `actor` may do (`open`), has taken on (`claimed`) or has done (`done`), over all apps.

    As many queries however much there is. Asked signatures, and what those have taken on in whose posts the actor
    serves, count as open work. It is ordered by what is due first, done work by what was done last. `search` looks into
    title and step.
    """
    signing = _to_sign(actor) if state == "open" else []
    rows = Task.objects.filter(_of(actor, state, signing))
    if app:
        rows = rows.filter(case__app_label=app)
    if search:
        rows = rows.filter(Q(case__title__icontains=search) | Q(name__icontains=search))
        # Work is open in running cases only; that these are few is what the database is told here.
        rows = rows if state == "done" else rows.filter(case__status=Case.Status.RUNNING)
    order = ("-done_at", "-id") if state == "done" else (F("due_on").asc(nulls_last=True), "id")
    page = max(page, 1)
    # Which lines there are is found first, so that what else they show is looked up for them alone.
    shown, total, more = _numbers(rows.order_by(*order).values_list("pk", flat=True), page, size)
    found = Task.objects.filter(pk__in=shown).order_by(*order).values_list(
        "pk", "case_id", "case__subject", "case__title", "name", "case__app_label", "case__url", "organisation",
        "due_on", "assignee_name", "assignee", "created_at", "done_at", "behalf_of_name", "urged",
    )  # fmt: skip
    lines = list(found)
    today = today or timezone.localdate()
    items = tuple(
        WorkItem(
            task_id=line[0],
            case_id=line[1],
            subject=line[2],
            title=line[3],
            step=line[4],
            app=line[5],
            url=reverse("workflow:task", args=[line[0]]) if line[0] in signing else line[6],
            organisation=line[7],
            due_on=line[8],
            assigned_to=line[9],
            mine=line[10] == actor.id,
            created_at=line[11],
            done_at=line[12],
            clock_state="" if line[12] else rules.clock_state(line[8], today=today),
            to_sign=line[0] in signing,
            behalf_of=line[13],
            urged=line[14],
        )
        for line in lines
    )
    return Page(items, total, page, size, more)


def _numbers(rows: QuerySet[Any], page: int, size: int) -> tuple[list[int], int, bool]:
    """Return the numbers of the tasks of a page, how many there are in all, and whether more than that.

    What is counted is as much as is found for the pages that anybody turns to; it is found once.
    """
    first, last = (page - 1) * size, page * size
    if last > MOST_COUNTED:
        return list(rows[first:last]), *counted(rows)
    found = list(rows[: MOST_COUNTED + 1])
    return found[first:last], min(len(found), MOST_COUNTED), len(found) > MOST_COUNTED


def counted(rows: QuerySet[Any]) -> tuple[int, bool]:
    """Return how many rows there are, at most `MOST_COUNTED`, and whether there are more."""
    total = rows.order_by()[: MOST_COUNTED + 1].count()
    return min(total, MOST_COUNTED), total > MOST_COUNTED


def open_count(actor: pmi.Actor, *, app: str = "") -> int:
    """Return how many tasks wait for `actor`, in all apps or in one; counted up to `MOST_COUNTED`."""
    rows = Task.objects.filter(_of(actor, "open", _to_sign(actor)))
    return counted(rows.filter(case__app_label=app) if app else rows)[0]


def counts(actor: pmi.Actor) -> dict[str, int]:
    """Return how many tasks wait for `actor`, by app label."""
    # Work is open in running cases only; that these are few is what the database is told here.
    rows = Task.objects.filter(_of(actor, "open", _to_sign(actor)), case__status=Case.Status.RUNNING)
    counted = rows.values("case__app_label").annotate(number=Count("pk")).order_by()
    return dict(counted.values_list("case__app_label", "number"))


def _of(actor: pmi.Actor, state: str, signing: Sequence[int] = ()) -> Q:
    if state == "done":
        return _in(Task.State.DONE) & (Q(done_by=actor.id) | Q(behalf_of=actor.id))
    claimed = _in(Task.State.CLAIMED) & Q(assignee=actor.id)
    if state == "claimed":
        return claimed
    found = _in(Task.State.OPEN) & pmi.visible_by(actor, privilege="privilege", organisation="organisation") | claimed
    for giver in sorted({grant.on_behalf_of for grant in actor.grants if grant.on_behalf_of}):
        lent = pmi.visible_by(standing.acting_for(actor, giver), privilege="privilege", organisation="organisation")
        found |= _in(Task.State.CLAIMED) & Q(assignee=giver) & lent
    # Numbers, no sub-query: within an OR it would keep the database from using its indexes.
    return found | Q(pk__in=signing) if signing else found


def _to_sign(actor: pmi.Actor) -> list[int]:
    asked = Signer.objects.filter(_in(Signer.State.ASKED), actor_id=actor.id, signing__state="OPEN")
    waiting = asked.filter(signing__task__state__in=(Task.State.OPEN, Task.State.CLAIMED))
    return list(waiting.values_list("signing__task_id", flat=True)[:MOST_TO_SIGN])


def _in(state: Task.State | Signer.State) -> Q:
    """Test the state by a literal: SQLite takes a partial index only when its condition stands in the query."""
    return Q(Func(F("state"), template=f"%(expressions)s = '{state.value}'", output_field=BooleanField()))

"""One person's open work, and what of it another could be given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine.moves import offers, standing
from quancheng.support.workflow.models import Task
from quancheng.support.workflow.rules import Move

MOST = 200


@dataclass(frozen=True, slots=True)
class HandingLine:
    """A task that could go to another person. `refusal` says why not, or after the fact why it did not."""

    task_id: int
    title: str
    step: str
    due_on: date | None
    own: bool
    refusal: str
    done: bool = False

    def told(self, refusal: str) -> "HandingLine":
        """Return the line after the fact."""
        return replace(self, refusal=refusal, done=not refusal)


def handing(actor: pmi.Actor, giver: str, to: str, marked: Sequence[int] = ()) -> list[HandingLine]:
    """Return the tasks of `giver` that `actor` may hand over, and what stands against `to` having each.

    `marked` tasks that nobody has taken on and `actor` may do are among them when it is their own work.
    """
    own = giver == actor.id
    found = list(Task.objects.select_related("case").filter(state=Task.State.CLAIMED, assignee=giver)[:MOST])
    if own and marked:
        found += Task.objects.select_related("case").filter(pk__in=list(marked)[:MOST], state=Task.State.OPEN)
    lines = []
    for task in sorted(found, key=lambda task: (task.due_on is None, task.due_on or date.min, task.pk)):
        moves = offers.offered(actor, task)
        if (Move.TRANSFER if own else Move.ASSIGN) in moves:
            refusal = _refusal(task, to)
        elif own:
            refusal = str(offers.MoveNotOpen(name=task.name))
        else:
            continue
        lines.append(HandingLine(task.pk, task.case.title, task.name, task.due_on, own, refusal))
    return lines


def successors(actor: pmi.Actor, giver: str) -> tuple[tuple[str, str], ...]:
    """Return to whom work could go: who serves in the departments of `actor`, as pairs of id and words."""
    places = {seat for grant in actor.grants if (seat := _department(grant.organisation))}
    words: dict[str, str] = {}
    for place in sorted(places):
        for one in identity.staff_of(place):
            if one.actor_id != giver:
                words.setdefault(one.actor_id, f"{one.name} · {one.post} · {one.organisation_name}")
    return tuple(words.items())


def givers(actor: pmi.Actor) -> tuple[tuple[str, str], ...]:
    """Return whose work `actor` may hand over as who divides it: who has taken something on at their places."""
    seen = pmi.visible(actor, "workflow.task.assign", organisation="organisation")
    found = Task.objects.filter(seen, state=Task.State.CLAIMED).order_by("assignee_name")
    return tuple(found.values_list("assignee", "assignee_name").distinct()[:MOST])


def _refusal(task: Task, to: str) -> str:
    try:
        standing.candidate(to, task)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _department(path: str) -> str:
    """Return the path of the department in which `path` lies, the whole path above departments."""
    parts = path.split("/")
    return "/".join(parts[:2]) + "/" if len(parts) > 2 else path

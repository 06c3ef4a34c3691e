"""Timers of running cases whose date has changed, because the calendar has."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from quancheng.support.workflow.engine import expressions, rows, store
from quancheng.support.workflow.models import Case, Task, Timer


@transaction.atomic
def redate(*, subject: str, variables: Mapping[str, Any], at: datetime | None = None) -> int:
    """Give the running case about `subject` new variables and set its waiting timers by them; return how many moved.

    Only timers with a date (`timeDate`) are set anew: a duration began when its step did. Call it inside your action.
    Nothing happens where no case is running.

    :raises CaseMovedOn: if the case was moved since it was read.
    """
    now, moved = timezone.localtime(at or timezone.now()), 0
    cases = Case.objects.select_for_update().filter(subject=subject, status=Case.Status.RUNNING)
    for case in cases.order_by("pk"):
        known = case.variables | store.merged(variables)
        if known == case.variables:
            continue
        if not rows.advance(case.pk, case.version, {"version": case.version + 1, "variables": known}):
            raise store.CaseMovedOn
        drawing = store.definition(case.digest)
        for timer in Timer.objects.filter(case_id=case.pk, state=Timer.State.WAITING):
            node = drawing.nodes[timer.element_id]
            due_at = timer.due_at if node.duration else expressions.due_at(node, known, now=now)
            if due_at != timer.due_at:
                Timer.objects.filter(pk=timer.pk).update(due_at=due_at, next_try_at=due_at)
                moved += 1
    return moved


def holders(subject: str) -> tuple[str, ...]:
    """Return the actors who have taken on a step of the matter and not done it yet."""
    claimed = Task.objects.filter(case__subject=subject, state=Task.State.CLAIMED)
    return tuple(claimed.order_by("assignee").values_list("assignee", flat=True).distinct())

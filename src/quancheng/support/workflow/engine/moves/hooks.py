"""How an application undoes its own entries when a step of its cases is undone (退回, 取回)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from quancheng.support.workflow.engine.handlers import TwoHandlers
from quancheng.support.workflow.models import Case, Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoneStep:
    """A step that was done and is so no longer. `task_id` is the lasting identity of that one doing."""

    case_id: int
    key: str
    subject: str
    task_id: int
    element_id: str
    name: str
    done_by: str
    done_at: datetime | None
    at: datetime


Undo = Callable[[UndoneStep], None]
_undoings: dict[str, Undo] = {}


def undoes(app_label: str) -> Callable[[Undo], Undo]:
    """Make a function in an app's process.py what undoes the app's entries of a step, for cases of its drawings.

    It is called once for each step undone, the latest first, within the transaction of the move, after the case stands
    as if the step had not been done; what it raises undoes the move too, and a Refusal is told to who made it.
    """

    def register(function: Undo) -> Undo:
        known = _undoings.setdefault(app_label, function)
        if (known.__module__, known.__qualname__) != (function.__module__, function.__qualname__):
            raise TwoHandlers(app_label)
        _undoings[app_label] = function
        return function

    return register


def call(case: Case, passages: Iterable[int], *, at: datetime) -> None:
    """Have the app of `case` undo what it entered for the steps of these passages."""
    undo = _undoings.get(case.app_label)
    if undo is None:
        return
    found = Passage.objects.filter(pk__in=list(passages), task__isnull=False).select_related("task")
    for task in [item.task for item in found.order_by("-pk")]:
        if task is not None:
            undo(
                UndoneStep(
                    case_id=case.pk, key=case.key, subject=case.subject, task_id=task.pk, element_id=task.element_id,
                    name=task.name, done_by=task.done_by, done_at=task.done_at, at=at,
                )
            )  # fmt: skip

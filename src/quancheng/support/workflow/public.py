"""The front door of workflow.

`start`, `complete`, `correlate`, `redate` and `cancel` are plain functions for use inside a business app's own action;
`claim`, `release` and `hand_over` are actions of their own.
"""

from datetime import datetime

from django.utils import timezone

from quancheng.support.workflow.actions import NotStuck, NotYours, cancel_case, claim, hand_over, release, retry
from quancheng.support.workflow.engine.cases import (
    CaseBrief,
    CaseRunsAlready,
    NoRunningCase,
    NoSuchCase,
    NoSuchProcess,
    NoSuchTask,
    TaskAlreadyDone,
    TaskClaimedByAnother,
    broadcast,
    cancel,
    complete,
    correlate,
    start,
)
from quancheng.support.workflow.engine.deployment import Deployed, Rejected, deploy, deploy_all
from quancheng.support.workflow.engine.expressions import BadExpression
from quancheng.support.workflow.engine.handlers import BpmnError, CaseContext, NoHandler, handlers, handles
from quancheng.support.workflow.engine.reader import BrokenDrawing, NotBpmn, UnsupportedElement
from quancheng.support.workflow.engine.semantics import NobodyCatches, NotWaiting, NoWayOut, TooMany, WrongType
from quancheng.support.workflow.engine.soundness import UnsoundDrawing
from quancheng.support.workflow.engine.store import CaseMovedOn
from quancheng.support.workflow.engine.timers import holders, redate
from quancheng.support.workflow.engine.work import run_due as _run_due
from quancheng.support.workflow.queries import (
    CaseView,
    DefinitionView,
    Page,
    TaskView,
    TimelineEvent,
    Trouble,
    WorkItem,
    case,
    counts,
    definitions,
    drawing,
    open_count,
    open_tasks,
    task,
    worklist,
)


def run_due(*, at: datetime | None = None, rounds: int = 50) -> int:
    """Run service tasks and timers until none is due at `at`; return how many attempts. For demos and tests."""
    at, total = at or timezone.now(), 0
    for _round in range(rounds):
        done = _run_due(at=at)
        total += done
        if not done:
            break
    return total


__all__ = [
    "BadExpression",
    "BpmnError",
    "BrokenDrawing",
    "CaseBrief",
    "CaseContext",
    "CaseMovedOn",
    "CaseRunsAlready",
    "CaseView",
    "DefinitionView",
    "Deployed",
    "NoHandler",
    "NoRunningCase",
    "NoSuchCase",
    "NoSuchProcess",
    "NoSuchTask",
    "NoWayOut",
    "NobodyCatches",
    "NotBpmn",
    "NotStuck",
    "NotWaiting",
    "NotYours",
    "Page",
    "Rejected",
    "TaskAlreadyDone",
    "TaskClaimedByAnother",
    "TaskView",
    "TimelineEvent",
    "TooMany",
    "Trouble",
    "UnsoundDrawing",
    "UnsupportedElement",
    "WorkItem",
    "WrongType",
    "broadcast",
    "cancel",
    "cancel_case",
    "case",
    "claim",
    "complete",
    "correlate",
    "counts",
    "definitions",
    "deploy",
    "deploy_all",
    "drawing",
    "hand_over",
    "handlers",
    "handles",
    "holders",
    "open_count",
    "open_tasks",
    "redate",
    "release",
    "retry",
    "run_due",
    "start",
    "task",
    "worklist",
]

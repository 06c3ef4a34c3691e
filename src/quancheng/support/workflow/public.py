"""The front door of workflow.

`start`, `complete`, `correlate`, `redate` and `cancel` are plain functions for use inside a business app's own action;
the moves of the office (`claim`, `transfer`, `ask_signatures`, `send_back` …) are actions of their own.
"""

from datetime import datetime

from django.utils import timezone

from quancheng.support.workflow.actions import (
    HasItAlready,
    NotStuck,
    NotYours,
    TooLate,
    UrgedAlready,
    ask_signatures,
    assign,
    call_in,
    cancel_case,
    circulate,
    claim,
    lend,
    note_opening,
    recall,
    release,
    retry,
    send_back,
    sign,
    take_back,
    transfer,
    unsign,
    uphold,
    urge,
)
from quancheng.support.workflow.engine.acting import complete
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
    correlate,
    start,
)
from quancheng.support.workflow.engine.checking import Fault, check
from quancheng.support.workflow.engine.deployment import Deployed, Rejected, deploy, deploy_all, publishes
from quancheng.support.workflow.engine.expressions import BadExpression
from quancheng.support.workflow.engine.handlers import BpmnError, CaseContext, NoHandler, handlers, handles
from quancheng.support.workflow.engine.moves.history import NothingToUndo
from quancheng.support.workflow.engine.moves.hooks import UndoneStep, undoes
from quancheng.support.workflow.engine.moves.offers import MoveForbidden, MoveNotOpen
from quancheng.support.workflow.engine.moves.signing import ActedAlready, BadSigners, NotAsked, WaitsForSignatures
from quancheng.support.workflow.engine.moves.standing import (
    NotEntitled,
    PersonRecused,
    PersonTookPart,
    UnknownPerson,
)
from quancheng.support.workflow.engine.reader import BrokenDrawing, NotBpmn, UnsupportedElement
from quancheng.support.workflow.engine.rehearsing import NoSuchMove, Rehearsal, Waiting, rehearse
from quancheng.support.workflow.engine.semantics import NobodyCatches, NotWaiting, NoWayOut, TooMany, WrongType
from quancheng.support.workflow.engine.soundness import UnsoundDrawing
from quancheng.support.workflow.engine.store import CaseMovedOn
from quancheng.support.workflow.engine.timers import holders, redate
from quancheng.support.workflow.engine.work import run_due as _run_due
from quancheng.support.workflow.queries import (
    CaseView,
    CircularView,
    DefinitionView,
    Desk,
    Page,
    TaskView,
    TimelineEvent,
    Trouble,
    WorkItem,
    case,
    counts,
    definitions,
    desks,
    drawing,
    newest,
    open_count,
    open_tasks,
    task,
    to_read,
    unread_count,
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
    "ActedAlready",
    "BadExpression",
    "BadSigners",
    "BpmnError",
    "BrokenDrawing",
    "CaseBrief",
    "CaseContext",
    "CaseMovedOn",
    "CaseRunsAlready",
    "CaseView",
    "CircularView",
    "DefinitionView",
    "Deployed",
    "Desk",
    "Fault",
    "HasItAlready",
    "MoveForbidden",
    "MoveNotOpen",
    "NoHandler",
    "NoRunningCase",
    "NoSuchCase",
    "NoSuchMove",
    "NoSuchProcess",
    "NoSuchTask",
    "NoWayOut",
    "NobodyCatches",
    "NotAsked",
    "NotBpmn",
    "NotEntitled",
    "NotStuck",
    "NotWaiting",
    "NotYours",
    "NothingToUndo",
    "Page",
    "PersonRecused",
    "PersonTookPart",
    "Rehearsal",
    "Rejected",
    "TaskAlreadyDone",
    "TaskClaimedByAnother",
    "TaskView",
    "TimelineEvent",
    "TooLate",
    "TooMany",
    "Trouble",
    "UndoneStep",
    "UnknownPerson",
    "UnsoundDrawing",
    "UnsupportedElement",
    "UrgedAlready",
    "Waiting",
    "WaitsForSignatures",
    "WorkItem",
    "WrongType",
    "ask_signatures",
    "assign",
    "broadcast",
    "call_in",
    "cancel",
    "cancel_case",
    "case",
    "check",
    "circulate",
    "claim",
    "complete",
    "correlate",
    "counts",
    "definitions",
    "deploy",
    "deploy_all",
    "desks",
    "drawing",
    "handlers",
    "handles",
    "holders",
    "lend",
    "newest",
    "note_opening",
    "open_count",
    "open_tasks",
    "publishes",
    "recall",
    "redate",
    "rehearse",
    "release",
    "retry",
    "run_due",
    "send_back",
    "sign",
    "start",
    "take_back",
    "task",
    "to_read",
    "transfer",
    "undoes",
    "unread_count",
    "unsign",
    "uphold",
    "urge",
    "worklist",
]

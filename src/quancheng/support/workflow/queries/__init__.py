"""Questions about work: what is on somebody's desk, how a case stands, what has happened, which processes there are."""

from quancheng.support.workflow.queries.cases import (
    CaseLine,
    CaseView,
    TaskView,
    Trouble,
    case,
    case_record,
    cases_page,
    open_tasks,
    target,
    task,
)
from quancheng.support.workflow.queries.definitions import DefinitionView, definition, definitions, drawing
from quancheng.support.workflow.queries.durations import StepDuration, durations
from quancheng.support.workflow.queries.timeline import TimelineEvent
from quancheng.support.workflow.queries.versions import VersionView, migration_preview, places, vanished, versions
from quancheng.support.workflow.queries.worklist import Page, WorkItem, counts, open_count, worklist

__all__ = [
    "CaseLine",
    "CaseView",
    "DefinitionView",
    "Page",
    "StepDuration",
    "TaskView",
    "TimelineEvent",
    "Trouble",
    "VersionView",
    "WorkItem",
    "case",
    "case_record",
    "cases_page",
    "counts",
    "definition",
    "definitions",
    "drawing",
    "durations",
    "migration_preview",
    "open_count",
    "open_tasks",
    "places",
    "target",
    "task",
    "vanished",
    "versions",
    "worklist",
]

"""The pages of workflow: processes and cases for administrators, tasks and moves for everybody whom they concern."""

from quancheng.support.workflow.web.views.cases import CancelCase, Cases, Definitions, OneCase, OneDefinition, Retry
from quancheng.support.workflow.web.views.handing import HandOver
from quancheng.support.workflow.web.views.tasks import MovePage, OneTask, Recall

__all__ = [
    "CancelCase",
    "Cases",
    "Definitions",
    "HandOver",
    "MovePage",
    "OneCase",
    "OneDefinition",
    "OneTask",
    "Recall",
    "Retry",
]

"""Definitions, cases and their tasks, and what the moves of the office leave."""

from quancheng.support.workflow.models.cases import Case, CaseEvent, Definition, Job, Pending, Task, Timer, Token
from quancheng.support.workflow.models.moves import Circulation, Comeback, Opening, Passage, Signer, Signing

__all__ = [
    "Case",
    "CaseEvent",
    "Circulation",
    "Comeback",
    "Definition",
    "Job",
    "Opening",
    "Passage",
    "Pending",
    "Signer",
    "Signing",
    "Task",
    "Timer",
    "Token",
]

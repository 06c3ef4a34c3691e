"""Decisions on plain values: how urgent work is, who may make which move, what signatures decide, what undoing is."""

from quancheng.support.workflow.rules.moves import (
    FORBIDDABLE,
    SIGNINGS,
    Move,
    Situation,
    UnknownMove,
    forbidden,
    lasting,
    offered,
)
from quancheng.support.workflow.rules.signing import settled, turn
from quancheng.support.workflow.rules.undoing import Past, Rest, can_undo, causes, cone, divided, undone
from quancheng.support.workflow.rules.work import clock_state, pause

__all__ = [
    "FORBIDDABLE",
    "SIGNINGS",
    "Move",
    "Past",
    "Rest",
    "Situation",
    "UnknownMove",
    "can_undo",
    "causes",
    "clock_state",
    "cone",
    "divided",
    "forbidden",
    "lasting",
    "offered",
    "pause",
    "settled",
    "turn",
    "undone",
]

"""The moves of the office and what an administrator may do to a case.

Any member of staff may try a move; `offers.demand` decides by who they are and how the task stands.
"""

from quancheng.support.workflow.actions.going_back import TooLate, send_back, take_back
from quancheng.support.workflow.actions.holding import (
    HasItAlready,
    NotYours,
    assign,
    call_in,
    claim,
    lend,
    release,
    transfer,
)
from quancheng.support.workflow.actions.running import NotStuck, cancel_case, retry
from quancheng.support.workflow.actions.signing import ReasonsMissing, ask_signatures, sign, unsign, uphold
from quancheng.support.workflow.actions.telling import (
    NobodyToTell,
    NotSentByYou,
    UrgedAlready,
    circulate,
    note_opening,
    note_reading,
    recall,
    urge,
)

__all__ = [
    "HasItAlready",
    "NobodyToTell",
    "NotSentByYou",
    "NotStuck",
    "NotYours",
    "ReasonsMissing",
    "TooLate",
    "UrgedAlready",
    "ask_signatures",
    "assign",
    "call_in",
    "cancel_case",
    "circulate",
    "claim",
    "lend",
    "note_opening",
    "note_reading",
    "recall",
    "release",
    "retry",
    "send_back",
    "sign",
    "take_back",
    "transfer",
    "unsign",
    "uphold",
    "urge",
]

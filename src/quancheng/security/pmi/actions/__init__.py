"""The three ways in, and the writes of this app: roles, rules of separation, recusals."""

from quancheng.security.pmi.actions.separation import (
    AlreadyRecused,
    NoSuchRule,
    RuleExists,
    SamePrivilege,
    end_conflict,
    end_recusal,
    make_conflict,
    make_recusal,
)
from quancheng.security.pmi.actions.setting_up import define_conflict, define_role, ensure_recusal
from quancheng.security.pmi.actions.ways_in import (
    ActionInsideAction,
    DutiesConflict,
    Forbidden,
    GuardedView,
    Recused,
    StepUpNeeded,
    action,
    actions,
    delivery,
    demand,
    reading,
)

__all__ = [
    "ActionInsideAction",
    "AlreadyRecused",
    "DutiesConflict",
    "Forbidden",
    "GuardedView",
    "NoSuchRule",
    "Recused",
    "RuleExists",
    "SamePrivilege",
    "StepUpNeeded",
    "action",
    "actions",
    "define_conflict",
    "define_role",
    "delivery",
    "demand",
    "end_conflict",
    "end_recusal",
    "ensure_recusal",
    "make_conflict",
    "make_recusal",
    "reading",
]

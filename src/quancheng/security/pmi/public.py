"""The front door of pmi."""

from quancheng.security.pmi.actions import (
    ActionInsideAction,
    Forbidden,
    GuardedView,
    StepUpNeeded,
    action,
    actions,
    define_role,
    delivery,
    demand,
    reading,
)
from quancheng.security.pmi.queries import RoleView, roles
from quancheng.security.pmi.rules import ANONYMOUS, PUBLIC, SIGNED_IN, Actor, Grant, Kind, Target, service_actor

__all__ = [
    "ANONYMOUS",
    "PUBLIC",
    "SIGNED_IN",
    "ActionInsideAction",
    "Actor",
    "Forbidden",
    "Grant",
    "GuardedView",
    "Kind",
    "RoleView",
    "StepUpNeeded",
    "Target",
    "action",
    "actions",
    "define_role",
    "delivery",
    "demand",
    "reading",
    "roles",
    "service_actor",
]

"""Questions about roles, about who must stand apart, and about why somebody may or may not."""

from quancheng.security.pmi.queries.explanation import Explanation, Step, explain, known_privileges
from quancheng.security.pmi.queries.roles import RoleLine, RoleView, Sheet, role_sheet, roles
from quancheng.security.pmi.queries.separation import (
    ConflictView,
    NoSuchRecusal,
    RecusalView,
    conflict,
    conflicts,
    recusal,
    recusals,
    recused,
)

__all__ = [
    "ConflictView",
    "Explanation",
    "NoSuchRecusal",
    "RecusalView",
    "RoleLine",
    "RoleView",
    "Sheet",
    "Step",
    "conflict",
    "conflicts",
    "explain",
    "known_privileges",
    "recusal",
    "recusals",
    "recused",
    "role_sheet",
    "roles",
]

"""Questions about roles, about who must stand apart, and about why somebody may or may not."""

from quancheng.security.pmi.queries.explanation import Explanation, Step, explain, known_privileges
from quancheng.security.pmi.queries.roles import (
    Held,
    NoSuchRole,
    RoleLine,
    RoleView,
    Sheet,
    grants,
    purposes_of,
    role,
    role_sheet,
    roles,
    seats_of,
)
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
from quancheng.security.pmi.queries.visibility import EVERYTHING, NOTHING, below, visible, within

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "ConflictView",
    "Explanation",
    "Held",
    "NoSuchRecusal",
    "NoSuchRole",
    "RecusalView",
    "RoleLine",
    "RoleView",
    "Sheet",
    "Step",
    "below",
    "conflict",
    "conflicts",
    "explain",
    "grants",
    "known_privileges",
    "purposes_of",
    "recusal",
    "recusals",
    "recused",
    "role",
    "role_sheet",
    "roles",
    "seats_of",
    "visible",
    "within",
]

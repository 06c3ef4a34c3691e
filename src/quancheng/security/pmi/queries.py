"""Questions about roles."""

from dataclasses import dataclass

from quancheng.security.pmi.models import Role


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role as others see it."""

    code: str
    title: str
    privileges: tuple[str, ...]


def roles() -> tuple[RoleView, ...]:
    """Return all roles, by code."""
    return tuple(RoleView(role.code, role.title, tuple(role.privileges)) for role in Role.objects.order_by("code"))

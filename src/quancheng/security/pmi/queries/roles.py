"""Questions about roles: what they hold, which posts carry them, who sits there."""

from dataclasses import dataclass

from quancheng.security.pmi import adapters
from quancheng.security.pmi.models import Role


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role as others see it. `officer` is one of rules.OFFICERS or empty."""

    code: str
    title: str
    privileges: tuple[str, ...]
    officer: str = ""
    officer_title: str = ""


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role in the sheet: its posts with holders, and how many of its privileges belong to each app."""

    role: RoleView
    seats: tuple[adapters.Seat, ...]
    members: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All roles against all apps. `apps` names the columns of every line's `counts`."""

    apps: tuple[str, ...]
    lines: tuple[RoleLine, ...]

    @property
    def empty(self) -> tuple[RoleLine, ...]:
        """The roles that nobody has today."""
        return tuple(line for line in self.lines if not line.members)


def roles() -> tuple[RoleView, ...]:
    """Return all roles, by code."""
    return tuple(
        RoleView(role.code, role.title, tuple(role.privileges), role.officer, role.get_officer_display())
        for role in Role.objects.order_by("code")
    )


def role_sheet() -> Sheet:
    """Return every role with its posts and members."""
    found = roles()
    apps = tuple(sorted({_app(privilege) for role in found for privilege in role.privileges}))
    seats: dict[str, list[adapters.Seat]] = {}
    for seat in adapters.directory().seats():
        seats.setdefault(seat.role, []).append(seat)
    return Sheet(
        apps,
        tuple(
            RoleLine(
                role,
                tuple(held := seats.get(role.code, [])),
                len({name for seat in held for name in seat.holders}),
                tuple(sum(_app(privilege) == app for privilege in role.privileges) for app in apps),
            )
            for role in found
        ),
    )


def _app(privilege: str) -> str:
    return privilege.partition(".")[0]

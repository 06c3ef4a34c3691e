"""Questions about roles: what they hold, which posts carry them, who sits there."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import adapters, rules
from quancheng.security.pmi.models import Role
from quancheng.security.pmi.queries import terms as words
from quancheng.security.pmi.rules import PLAIN, Actor, Grant, Obligation, Terms


class NoSuchRole(Refusal):
    code = "pmi.no-such-role"
    message = _("There is no such role.")
    status = 404


@dataclass(frozen=True, slots=True)
class Held:
    """A privilege as a role holds it. `terms` is None when what is stored cannot be read: then it never counts."""

    privilege: str
    terms: Terms | None

    @property
    def scope(self) -> str:
        """How far it reaches, in words."""
        return words.scope_title(self.terms) if self.terms else ""

    @property
    def conditions(self) -> tuple[str, ...]:
        """Its period and conditions, in words."""
        return words.conditions(self.terms) if self.terms else ()


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role as others see it. `officer` is one of rules.OFFICERS or empty; `held` are its privileges with terms."""

    code: str
    title: str
    privileges: tuple[str, ...]
    officer: str = ""
    officer_title: str = ""
    held: tuple[Held, ...] = ()

    def terms(self, privilege: str) -> Terms | None:
        """Return the terms on which the role holds `privilege`, None when it does not."""
        return next((item.terms for item in self.held if item.privilege == privilege), None)

    @property
    def restricted(self) -> int:
        """How many of its privileges have terms of their own."""
        return sum(item.terms != PLAIN for item in self.held)


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


@cache
def reserved() -> dict[str, frozenset[str]]:
    """Return the privileges that belong to certain of the three officers: `[officers]` of the apps' resources.toml."""
    found: dict[str, frozenset[str]] = {}
    for app in discovery.all_apps():
        for file in app.files("resources.toml"):
            for officer, names in tomllib.loads(file.read_text(encoding="utf-8")).get("officers", {}).items():
                found.update({name: found.get(name, frozenset()) | {officer} for name in names})
    return found


def officers_by(officer: str | None, privileges: Iterable[str] | None) -> frozenset[str]:
    """Return which of the three officers a role with this mark and these privileges makes of its holder."""
    return rules.officers_of(officer or "", privileges or (), reserved())


def roles() -> tuple[RoleView, ...]:
    """Return all roles, by code."""
    return tuple(_view(role) for role in Role.objects.order_by("code"))


def role(code: str) -> RoleView:
    """Return the role `code`. :raises NoSuchRole: if there is none."""
    found = Role.objects.filter(code=code).first()
    if found is None:
        raise NoSuchRole
    return _view(found)


def seats_of(code: str, seen: Callable[[str], bool] | None = None) -> tuple[adapters.Seat, ...]:
    """Return the posts that carry the role at the paths that may be `seen`, with who holds them today."""
    return tuple(
        seat for seat in adapters.directory().seats() if seat.role == code and (seen is None or seen(seat.organisation))
    )


def grants(
    privileges: list[str] | None, terms: Mapping[str, Any] | None, organisation: str, **origin: Any
) -> Iterator[Grant]:
    """Yield what a role brings to a post at the path `organisation`; `origin` are the other fields of the grants.

    A privilege whose stored terms cannot be read is left out: a condition that nobody understands is never met.
    """
    for privilege in privileges or ():
        if not terms or privilege not in terms:
            yield Grant(privilege, organisation, **origin)
        elif (found := words.terms_of(terms[privilege])) is not None:
            yield Grant(privilege, organisation, terms=found, **origin)


def purposes_of(actor: Actor) -> tuple[str, ...]:
    """Return the purposes that the actor's privileges ask for, those there are to declare."""
    return tuple(sorted({purpose for grant in actor.grants for purpose in grant.terms.purposes}))


def says_why(actor: Actor) -> bool:
    """Test whether one of the actor's privileges asks for a reason, which may be said in any words."""
    return any(Obligation.REASON in grant.terms.obligations for grant in actor.grants)


def _view(role: Role) -> RoleView:
    held = tuple(Held(name, words.terms_of(role.terms.get(name))) for name in role.privileges)
    return RoleView(role.code, role.title, tuple(role.privileges), role.officer, role.get_officer_display(), held)


def role_sheet(seen: Callable[[str], bool] | None = None) -> Sheet:
    """Return every role with how many have it, and its posts with their members at the paths that may be `seen`."""
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
                tuple(seat for seat in seats.get(role.code, []) if seen is None or seen(seat.organisation)),
                len({name for seat in seats.get(role.code, []) for name in seat.holders}),
                tuple(sum(_app(privilege) == app for privilege in role.privileges) for app in apps),
            )
            for role in found
        ),
    )


def _app(privilege: str) -> str:
    return privilege.partition(".")[0]

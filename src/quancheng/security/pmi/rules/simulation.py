"""What somebody would have been allowed under other roles, posts or appointments: decided on plain values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from quancheng.security.pmi.rules.actors import Grant
from quancheng.security.pmi.rules.terms import PLAIN, Terms, read

# Under this name an entry of the trail keeps what the decision rested on.
DECIDED: Final = "decided"
# By the role's code: its privileges with their terms, None where these cannot be read (then it never counts).
Roles = Mapping[str, Mapping[str, Terms | None]]


@dataclass(frozen=True, slots=True)
class Holding:
    """That somebody held a post, or acted in it for `giver`, from one day to another, both included.

    `key` is the seat's, `roles` are codes, `paths` where the post's organisation stands and stood. A delegation that
    was taken back counts no more from the instant `ended`.
    """

    key: str
    post: str
    title: str
    paths: tuple[str, ...]
    roles: tuple[str, ...]
    since: date
    until: date | None = None
    ended: datetime | None = None
    giver: str = ""
    giver_name: str = ""

    def holds(self, at: datetime) -> bool:
        """Test whether it counted at the instant `at`, whose day is that on its own clock."""
        day = at.date()
        return self.since <= day and (not self.until or day <= self.until) and (not self.ended or at < self.ended)


class Kind(StrEnum):
    """What is changed."""

    TERMS = "TERMS"
    WITHDRAW = "WITHDRAW"
    HANG = "HANG"
    UNHANG = "UNHANG"
    APPOINT = "APPOINT"
    DISMISS = "DISMISS"
    RULE = "RULE"
    UNRULE = "UNRULE"
    RECUSE = "RECUSE"
    UNRECUSE = "UNRECUSE"


OF_GRANTS: Final = frozenset({Kind.TERMS, Kind.WITHDRAW, Kind.HANG, Kind.UNHANG, Kind.APPOINT, Kind.DISMISS})
OF_RULES: Final = frozenset({Kind.RULE, Kind.UNRULE})


@dataclass(frozen=True, slots=True)
class Change:
    """A change that has not been made. Which fields count is said by its kind.

    TERMS: `role` holds `privilege` on `terms`. WITHDRAW: it holds it no longer. HANG, UNHANG: `post` carries `role`, or
    no longer. APPOINT, DISMISS: `actor` held `post` all the time, or never. RULE, UNRULE: nobody may use `first` and
    `second` on one subject, or may again. RECUSE, UNRECUSE: `actor` is barred from `subject`, or no longer.
    """

    kind: Kind
    role: str = ""
    privilege: str = ""
    terms: Terms = PLAIN
    post: str = ""
    actor: str = ""
    first: str = ""
    second: str = ""
    subject: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the change as JSON values; `change_of` takes them back."""
        texts = ("role", "privilege", "post", "actor", "first", "second", "subject")
        found: dict[str, Any] = {name: getattr(self, name) for name in texts if getattr(self, name)}
        return {"kind": self.kind.value, **found, "terms": self.terms.plain()}

    def roles(self, roles: Roles) -> Roles:
        """Return the roles as they would be."""
        if self.kind not in {Kind.TERMS, Kind.WITHDRAW}:
            return roles
        held = {name: terms for name, terms in roles.get(self.role, {}).items() if name != self.privilege}
        return {**roles, self.role: held if self.kind is Kind.WITHDRAW else {**held, self.privilege: self.terms}}

    def holdings(self, actor: str, held: tuple[Holding, ...], post: Holding | None) -> tuple[Holding, ...]:
        """Return what `actor` would have held; `post` is the post of the change as if it had been held all the time."""
        if self.kind is Kind.HANG:
            return tuple(
                replace(item, roles=(*item.roles, self.role))
                if item.post == self.post and self.role not in item.roles
                else item
                for item in held
            )
        if self.kind is Kind.UNHANG:
            return tuple(
                replace(item, roles=tuple(role for role in item.roles if role != self.role))
                if item.post == self.post
                else item
                for item in held
            )
        if self.kind is Kind.APPOINT and post and actor == self.actor:
            return (*held, post)
        if self.kind is Kind.DISMISS:
            # What the holder has lent goes with what they hold.
            return tuple(item for item in held if item.post != self.post or (item.giver or actor) != self.actor)
        return held

    def touched(self, roles: Roles, post: Holding | None) -> frozenset[str]:
        """Return the privileges of which something might be decided otherwise; all others are not touched."""
        if self.kind in {Kind.TERMS, Kind.WITHDRAW}:
            return frozenset({self.privilege})
        if self.kind in {Kind.HANG, Kind.UNHANG}:
            return frozenset(roles.get(self.role, {}))
        if self.kind in OF_RULES:
            return frozenset({self.first, self.second})
        return frozenset(name for role in (post.roles if post else ()) for name in roles.get(role, {}))


def change_of(values: Mapping[str, Any]) -> Change:
    """Return the change that JSON values state. :raises ValueError: for what is none (`BadTerms` is one)."""
    texts = {name: str(value) for name, value in values.items() if name not in {"kind", "terms"}}
    try:
        return Change(Kind(values["kind"]), terms=read(values.get("terms") or {}), **texts)
    except (KeyError, TypeError) as error:
        raise ValueError("change") from error


def grants_of(held: Iterable[Holding], roles: Roles, privilege: str, at: datetime, seat: str = "") -> Iterator[Grant]:
    """Yield the grants of `privilege` that `held` brought at the instant `at`.

    `seat` narrows them to one post; as when acting, one that is over counts as none.
    """
    live = [item for item in held if item.holds(at)]
    chosen = [item for item in live if item.key == seat] if seat else []
    for item in chosen or live:
        for role in item.roles:
            terms = roles.get(role, {}).get(privilege)
            if terms is not None:
                for path in item.paths:
                    yield Grant(privilege, path, role=role, post=item.title, on_behalf_of=item.giver, terms=terms)

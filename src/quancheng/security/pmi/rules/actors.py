"""Who may do what: decisions on plain values. After the PMI model of RFC 5755: a privilege, a place, a period."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from quancheng.security.pmi.rules.consents import Agreed
from quancheng.security.pmi.rules.terms import PLAIN, Obligation, Scope, Terms, reach

# A `service` is an app of ours that works by itself, a `system` a program of a department that holds a token.
Kind = Literal["staff", "citizen", "service", "system", "anonymous"]

# The three officers of the graded protection of information security (GB/T 22239-2019), who exclude each other.
OFFICERS: Final = ("SYSTEM", "SECURITY", "AUDIT")
PUBLIC: Final = "public"
SIGNED_IN: Final = "signed-in"


class Lack(StrEnum):
    """What a grant of the right privilege still lacks."""

    PLACE = "PLACE"
    OWNER = "OWNER"
    PERIOD = "PERIOD"
    HOURS = "HOURS"
    PURPOSE = "PURPOSE"
    ASSURANCE = "ASSURANCE"
    CONSENT = "CONSENT"


@dataclass(frozen=True, slots=True)
class Grant:
    """One privilege, e.g. `approvals.application.accept`, of a post in an organisation.

    `organisation` is the path of the post's organisation, such as `370100/370100-spfw/`; the empty path stands for the
    whole city. From there the privilege reaches as far as the scope of its `terms`; without terms, to everything below.
    `until` ends it at an instant (of a break-glass grant, whose record `emergency` names). `role` and `post` say where
    it comes from. With a delegation, `on_behalf_of` is the actor's id of who delegated it.
    """

    privilege: str
    organisation: str = ""
    until: datetime | None = None
    role: str = ""
    post: str = ""
    on_behalf_of: str = ""
    on_behalf_of_name: str = ""
    terms: Terms = PLAIN
    emergency: str = ""
    reach: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reach", reach(self.terms.scope, self.organisation))

    def lacking(
        self, actor: "Actor", organisation: str | None, owner: str = "", consents: frozenset[Agreed] = frozenset()
    ) -> tuple[Lack, ...]:
        """Return what keeps `actor` from using this grant at a place, on somebody's thing; empty: nothing does.

        `organisation` None stands for anywhere, "" for what belongs to no organisation: that belongs to the whole city,
        and is reached by whoever reaches a path of a single code. Without `actor.at` nothing bound to a time holds.
        `consents` is what the people concerned have agreed to; where nobody is named, nobody has.
        """
        terms = self.terms
        found: tuple[Lack, ...] = () if self.until is None or (actor.at and actor.at < self.until) else (Lack.PERIOD,)
        if organisation is not None and terms.scope is not Scope.OWN and not self.at(organisation):
            found += (Lack.PLACE,)
        if terms is PLAIN:
            return found
        if terms.scope is Scope.OWN and owner != actor.id and (owner or organisation is not None):
            found += (Lack.OWNER,)
        if terms.consent and not any(agreed.covers(terms.consent, self.organisation) for agreed in consents):
            found += (Lack.CONSENT,)
        return (*found, *_unmet(terms, actor)) if terms.conditions else found

    def at(self, organisation: str) -> bool:
        """Test whether the path `organisation` lies where this reaches to."""
        if not organisation:
            return self.terms.scope is not Scope.UNIT and self.reach.count("/") <= 1
        return organisation == self.reach if self.terms.scope is Scope.UNIT else organisation.startswith(self.reach)


def _unmet(terms: Terms, actor: "Actor") -> Iterable[Lack]:
    """Yield the conditions of `terms` that `actor` does not meet. Days are those on the clock of `actor.at`."""
    if terms.since or terms.until:
        day = actor.at.date() if actor.at else None
        if day is None or (terms.since and day < terms.since) or (terms.until and day > terms.until):
            yield Lack.PERIOD
    if terms.hours and not (actor.at and terms.hours.holds(actor.at)):
        yield Lack.HOURS
    if (terms.purposes and actor.purpose not in terms.purposes) or (
        Obligation.REASON in terms.obligations and not actor.purpose
    ):
        yield Lack.PURPOSE
    if actor.assurance < terms.assurance:
        yield Lack.ASSURANCE


@dataclass(frozen=True, slots=True)
class Target:
    """What an action touches: where it belongs, whose it is, and how the trail names it.

    `consents` is what the people among the subjects have agreed to; the ways in ask for it where a grant needs it.
    """

    organisation: str = ""
    owner: str = ""
    subjects: tuple[str, ...] = ()
    consents: frozenset[Agreed] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a privilege counts now: below `branches`, exactly at `units`, and on own things when `own`.

    `branches` leaves out what lies below another one. With "" among them everything is reached.
    """

    branches: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    own: bool = False

    @property
    def unplaced(self) -> bool:
        """Whether what belongs to no organisation is reached."""
        return any(branch.count("/") <= 1 for branch in self.branches)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts, with everything that decides what they may do; plain and immutable for one request.

    `seat` names the one post that the actor has chosen to act in, `on_behalf_of` is the id of who delegated it.
    `proven_at` is when they last showed who they are, by password or second factor; None outside a session. `at` is
    the moment of the request, local time: what holds for a time is judged by it. `purpose` is what they have declared
    to act for. `assurance` is how surely they showed in this session who they are (after NIST SP 800-63B): 0 not at
    all, 1 password, 2 a second factor too, 3 passkey or certificate.
    """

    id: str
    name: str
    kind: Kind
    organisation: str = ""
    organisation_name: str = ""
    post: str = ""
    grants: tuple[Grant, ...] = ()
    person: str = ""
    on_behalf_of: str = ""
    on_behalf_of_name: str = ""
    proven_at: datetime | None = None
    assurance: int = 0
    at: datetime | None = field(default=None, compare=False)
    purpose: str = ""
    seat: str = ""
    _held: dict[str, tuple[Grant, ...]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        held: dict[str, list[Grant]] = {}
        for grant in self.grants:
            held.setdefault(grant.privilege, []).append(grant)
        object.__setattr__(self, "_held", {name: tuple(grants) for name, grants in held.items()})

    def held(self, privilege: str) -> tuple[Grant, ...]:
        """Return the grants of `privilege`, whatever they still lack."""
        return self._held.get(privilege, ())

    def may(self, privilege: str, organisation: str | None = None, owner: str = "") -> bool:
        """Test whether the actor may use `privilege` now: on a thing at `organisation` that belongs to `owner`.

        Without both: whether they may anywhere at all.
        """
        for grant in self._held.get(privilege, ()):
            if not grant.lacking(self, organisation, owner):
                return True
        return _by_kind(self, privilege)

    def might(self, privilege: str) -> bool:
        """Test whether the actor may, or would if they declared a purpose or the person concerned agrees; for menus."""
        return self.may(privilege) or any(
            set(grant.lacking(self, None)) <= {Lack.PURPOSE, Lack.CONSENT} for grant in self._held.get(privilege, ())
        )

    def reach(self, privilege: str) -> Reach:
        """Return where the actor may use `privilege` now. It says of every place and owner the same as `may`."""
        if _by_kind(self, privilege):
            return Reach(branches=("",))
        live = [
            grant
            for grant in self._held.get(privilege, ())
            if not {*grant.lacking(self, None)} - {Lack.PLACE, Lack.OWNER}
        ]
        branches = sorted({item.reach for item in live if item.terms.scope not in {Scope.OWN, Scope.UNIT}})
        tops = tuple(one for one in branches if not any(one != top and one.startswith(top) for top in branches))
        units = {item.reach for item in live if item.terms.scope is Scope.UNIT}
        return Reach(
            tops,
            tuple(sorted(unit for unit in units if not unit.startswith(tops))),
            any(item.terms.scope is Scope.OWN for item in live),
        )

    def places(self, privilege: str) -> tuple[str, ...]:
        """Return the organisation paths below which the actor may use `privilege`, without those below another one."""
        return self.reach(privilege).branches


def reaches(terms: Terms, place: str, organisation: str) -> bool:
    """Test whether a privilege held on `terms` at `place` reaches the path `organisation`; conditions do not count."""
    return terms.scope is not Scope.OWN and Grant("", place, terms=terms).at(organisation)


def _by_kind(actor: Actor, privilege: str) -> bool:
    """Test whether no grant is needed: public things, things for whoever signed in, a service's own actions."""
    if privilege == PUBLIC:
        return True
    if privilege == SIGNED_IN:
        return actor.kind != "anonymous"
    return actor.kind == "service" and privilege.partition(".")[0] == actor.id.removeprefix("service:")


ANONYMOUS: Final = Actor(id="anonymous", name="", kind="anonymous")


def service_actor(app: str) -> Actor:
    """Return the actor in whose name the app `app` works by itself; it may perform only that app's actions."""
    return Actor(id=f"service:{app}", name=app, kind="service")


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something is allowed, by which grant, or what the nearest grant lacks (nothing: there is no grant).

    `by` is "grant", "own" (open to the kind, own things), "kind" (public, signed in, a service's own) or "" (refused).
    """

    allowed: bool
    by: str = ""
    grant: Grant | None = None
    lacking: tuple[Lack, ...] = ()

    @property
    def follows(self) -> frozenset[Obligation]:
        """What whoever is allowed owes in return; nothing where nothing is allowed."""
        return self.grant.terms.follows if self.allowed and self.grant else frozenset()


_OWN: Final = Decision(True, "own")
_KIND: Final = Decision(True, "kind")
_NONE: Final = Decision(False)


def decide(actor: Actor, privilege: str, target: Target, *, open_to: tuple[str, ...] = ()) -> Decision:
    """Decide whether `actor` may use `privilege` on `target`, and say by which grant or what is lacking.

    Kinds in `open_to` need no grant, but only for their own things: for a target with another owner they need one.
    Of several grants the one that obliges to least decides, of those an own one before a delegated one, and a
    break-glass grant last.
    """
    if actor.kind in open_to and (not target.owner or target.owner == actor.id):
        return _OWN
    best: Grant | None = None
    nearest: tuple[tuple[Lack, ...], Grant] | None = None
    for grant in actor.held(privilege):
        if lacking := grant.lacking(actor, target.organisation or None, target.owner, target.consents):
            if nearest is None or len(lacking) < len(nearest[0]):
                nearest = lacking, grant
        elif best is None or _order(grant) < _order(best):
            best = grant
    if best:
        return Decision(True, "grant", best)
    if _by_kind(actor, privilege):
        return _KIND
    return Decision(False, "", nearest[1], nearest[0]) if nearest else _NONE


def _order(grant: Grant) -> tuple[int, bool, bool]:
    return len(grant.terms.follows), bool(grant.emergency), bool(grant.on_behalf_of)


def permitted(actor: Actor, privilege: str, target: Target, *, open_to: tuple[str, ...] = ()) -> bool:
    """Decide whether `actor` may use `privilege` on `target`; see `decide`."""
    return decide(actor, privilege, target, open_to=open_to).allowed


def deciding_grant(actor: Actor, privilege: str, target: Target) -> Grant | None:
    """Return the grant that lets `actor` use `privilege` on `target`, None when none does."""
    found = decide(actor, privilege, target)
    return found.grant if found.allowed else None


def principal(actor: Actor, privilege: str, target: Target, *, open_to: tuple[str, ...] = ()) -> tuple[str, str] | None:
    """Return the id and name of the person for whom `actor` uses `privilege`, None when it is for themselves."""
    if actor.on_behalf_of:
        return actor.on_behalf_of, actor.on_behalf_of_name
    found = decide(actor, privilege, target, open_to=open_to)
    grant = found.grant if found.allowed else None
    return (grant.on_behalf_of, grant.on_behalf_of_name) if grant and grant.on_behalf_of else None


def proven(actor: Actor, *, now: datetime, minutes: int) -> bool:
    """Test whether `actor` showed within the last `minutes` who they are; a service has nothing to show."""
    if actor.kind == "service":
        return True
    return actor.proven_at is not None and now - actor.proven_at <= timedelta(minutes=minutes)


def officers_clash(officers: Iterable[str]) -> bool:
    """Test whether one person would be two of the three officers; roles of no officer count for nothing."""
    return len({officer for officer in officers if officer}) > 1


def unfit(privileges: Iterable[str], officer: str, reserved: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Return which of `privileges` a role of `officer` may not hold: those `reserved` for others of the three officers.

    A role without a mark, whose `officer` is empty, may hold them: `officers_of` says what that makes of its holder.
    """
    if not officer:
        return ()
    return tuple(name for name in privileges if officer not in reserved.get(name, {officer}))


def officers_of(officer: str, privileges: Iterable[str], reserved: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return which of the three officers a role makes of its holder: the one it is marked as, else by what it holds.

    A role without a mark cannot unite them unseen: what is `reserved` for one officer alone makes one of its holder.
    """
    if officer:
        return frozenset({officer})
    alone = (reserved[name] for name in privileges if len(reserved.get(name, ())) == 1)
    return frozenset().union(*alone)

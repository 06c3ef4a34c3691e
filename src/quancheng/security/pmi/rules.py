"""Who may do what: decisions on plain values. After the PMI model of RFC 5755: a privilege, a place, a period."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Kind = Literal["staff", "citizen", "service", "anonymous"]

# The three officers of the graded protection of information security (GB/T 22239-2019), who exclude each other.
OFFICERS: Final = ("SYSTEM", "SECURITY", "AUDIT")
PUBLIC: Final = "public"
SIGNED_IN: Final = "signed-in"


@dataclass(frozen=True, slots=True)
class Grant:
    """One privilege, e.g. `approvals.application.accept`, at an organisation and everything below it.

    `organisation` is a path such as `370100/370100-spfw/`; the empty path stands for the whole city. `role` and `post`
    say where it comes from. With a delegation, `on_behalf_of` is the actor's id of who delegated it.
    """

    privilege: str
    organisation: str = ""
    until: datetime | None = None
    role: str = ""
    post: str = ""
    on_behalf_of: str = ""
    on_behalf_of_name: str = ""

    def covers(self, privilege: str, organisation: str | None) -> bool:
        """Test whether this is the privilege, at that place or, when it is None, anywhere."""
        return self.privilege == privilege and (organisation is None or organisation.startswith(self.organisation))


@dataclass(frozen=True, slots=True)
class Target:
    """What an action touches: where it belongs, whose it is, and how the trail names it."""

    organisation: str = ""
    owner: str = ""
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts, with everything that decides what they may do; plain and immutable for one request.

    `on_behalf_of` is the id of who delegated the one post the actor has chosen to act in. `proven_at` is when they last
    showed who they are, by password or second factor; None outside a session. `assurance` is how surely they did so in
    this session (after NIST SP 800-63B): 0 not at all, 1 password, 2 a second factor too, 3 passkey or certificate.
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

    def may(self, privilege: str, organisation: str | None = None) -> bool:
        """Test whether the actor holds `privilege`: at `organisation`, or anywhere at all when it is None."""
        if privilege == PUBLIC:
            return True
        if privilege == SIGNED_IN:
            return self.kind != "anonymous"
        if self.kind == "service":
            return privilege.partition(".")[0] == self.id.removeprefix("service:")
        return any(grant.covers(privilege, organisation) for grant in self.grants)

    def places(self, privilege: str) -> tuple[str, ...]:
        """Return the organisation paths at which the actor holds `privilege`, without those below another one."""
        held = sorted({grant.organisation for grant in self.grants if grant.privilege == privilege})
        return tuple(place for place in held if not any(place != top and place.startswith(top) for top in held))


ANONYMOUS: Final = Actor(id="anonymous", name="", kind="anonymous")


def service_actor(app: str) -> Actor:
    """Return the actor in whose name the app `app` works by itself; it may perform only that app's actions."""
    return Actor(id=f"service:{app}", name=app, kind="service")


def permitted(actor: Actor, privilege: str, target: Target, *, open_to: tuple[str, ...] = ()) -> bool:
    """Decide whether `actor` may use `privilege` on `target`.

    Kinds in `open_to` need no grant, but only for their own things: for a target with another owner they need one.
    """
    if actor.kind in open_to and (not target.owner or target.owner == actor.id):
        return True
    return actor.may(privilege, target.organisation or None)


def deciding_grant(actor: Actor, privilege: str, target: Target) -> Grant | None:
    """Return the grant that lets `actor` use `privilege` on `target`; one's own comes before one that was delegated."""
    found = [grant for grant in actor.grants if grant.covers(privilege, target.organisation or None)]
    return min(found, key=lambda grant: bool(grant.on_behalf_of), default=None)


def principal(actor: Actor, privilege: str, target: Target, *, open_to: tuple[str, ...] = ()) -> tuple[str, str] | None:
    """Return the id and name of the person for whom `actor` uses `privilege`, None when it is for themselves."""
    if actor.on_behalf_of:
        return actor.on_behalf_of, actor.on_behalf_of_name
    if actor.kind in open_to and (not target.owner or target.owner == actor.id):
        return None
    grant = deciding_grant(actor, privilege, target)
    return (grant.on_behalf_of, grant.on_behalf_of_name) if grant and grant.on_behalf_of else None


def proven(actor: Actor, *, now: datetime, minutes: int) -> bool:
    """Test whether `actor` showed within the last `minutes` who they are; a service has nothing to show."""
    if actor.kind == "service":
        return True
    return actor.proven_at is not None and now - actor.proven_at <= timedelta(minutes=minutes)


def officers_clash(officers: Iterable[str]) -> bool:
    """Test whether one person would be two of the three officers; roles of no officer count for nothing."""
    return len({officer for officer in officers if officer}) > 1

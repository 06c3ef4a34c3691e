"""Who has agreed to what: what is declared, what is in force, and the facts that a decision needs."""

import tomllib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language

from quancheng.kernel import discovery
from quancheng.security.pmi import adapters, rules
from quancheng.security.pmi.models import Consent
from quancheng.security.pmi.rules import Actor, Agreed, Matter, Target


@dataclass(frozen=True, slots=True)
class ConsentView:
    """A consent as its giver sees it; `state` is running, over (its days are past), withdrawn or changed."""

    id: uuid.UUID
    matter: str
    given_at: datetime
    until: datetime
    withdrawn_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a person may agree to, in the reader's language, with their consent and the earlier ones."""

    code: str
    title: str
    data: str
    purpose: str
    recipient: str
    basis: str
    days: int
    running: ConsentView | None
    earlier: tuple[ConsentView, ...]


@cache
def matters() -> dict[str, Matter]:
    """Return everything that people are asked to agree to, of the apps of both zones. :raises BadMatter:"""
    found: dict[str, Matter] = {}
    for layer in discovery.LAYERS:
        for file in sorted((discovery.ROOT / layer).glob("*/resources.toml")):
            for table in tomllib.loads(file.read_text(encoding="utf-8")).get("consent", ()):
                matter = rules.read_matter(table, file.parent.name)
                if matter.code in found:
                    raise rules.BadMatter(f"{file.parent.name}: {matter.code} is declared twice")
                found[matter.code] = matter
    return found


def matter_title(code: str) -> str:
    """Return what a matter is called in the reader's language; its code when nobody declares it."""
    found = matters().get(code)
    if found is None:
        return code
    return found.title if _chinese() else found.title_en


def agreed(persons: Iterable[str], at: datetime) -> dict[str, frozenset[Agreed]]:
    """Return by reference of a person (`rules.reference`) what they had agreed to at an instant.

    A consent to what was declared otherwise counts no more.
    """
    wanted = set(persons)
    found: dict[str, set[Agreed]] = {person: set() for person in wanted}
    for row in Consent.objects.filter(in_force(at), person__in=wanted):
        matter = matters().get(row.matter)
        if matter and matter.digest() == row.digest:
            found[row.person].add(Agreed(row.matter, matter.recipient))
    return {person: frozenset(held) for person, held in found.items()}


def in_force(at: datetime) -> Q:
    """Return the condition on consents that counted at an instant."""
    return Q(given_at__lte=at, until__gt=at) & (Q(withdrawn_at=None) | Q(withdrawn_at__gt=at))


def with_consents(actor: Actor, privilege: str, target: Target, at: datetime | None = None) -> Target:
    """Return the target with what the people concerned have agreed to, if a grant of `privilege` asks for consent."""
    if not target.subjects or not any(grant.terms.consent for grant in actor.held(privilege)):
        return target
    return concerning(target, at or timezone.now())


def concerning(target: Target, at: datetime) -> Target:
    """Return the target with what all people among its subjects have agreed to."""
    return replace(target, consents=rules.common(agreed(people_of(target.subjects), at).values()))


def people_of(subjects: tuple[str, ...]) -> frozenset[str]:
    """Return the references (`rules.reference`) of the people whom the subjects are about, as far as anybody knows."""
    people = {name for name in subjects if name.startswith(rules.PERSON)}
    return frozenset(people.union(*(know(subjects) for know in adapters.people_sources())))


def own(actor: Actor) -> Q:
    """Return the condition on the actor's consents: given by this account, or by another one of the same person."""
    number = adapters.directory().checked_person(actor.id)
    return Q(giver_id=actor.id) | Q(person=rules.reference(number)) if number else Q(giver_id=actor.id)


def offers(*, actor: Actor, at: datetime) -> tuple[Offer, ...]:
    """Return what the actor may agree to or has agreed to, with the state of each."""
    held: dict[str, list[ConsentView]] = {}
    for row in Consent.objects.filter(own(actor)).order_by("-given_at", "id"):
        held.setdefault(row.matter, []).append(_view(row, at))
    # Names of places are indented by their depth.
    names = {path.rstrip("/").rpartition("/")[2]: name.strip() for path, name in adapters.directory().places()}
    return tuple(_offer(matter, held.get(code, []), names) for code, matter in sorted(matters().items()))


def _offer(matter: Matter, views: list[ConsentView], names: dict[str, str]) -> Offer:
    running = next((view for view in views if view.state == "running"), None)
    return Offer(
        code=matter.code,
        title=matter_title(matter.code),
        data=matter.data if _chinese() else matter.data_en,
        purpose=matter.purpose if _chinese() else matter.purpose_en,
        recipient=names.get(matter.recipient, matter.recipient),
        basis=matter.basis,
        days=matter.days,
        running=running,
        earlier=tuple(view for view in views if view is not running),
    )


def _view(row: Consent, at: datetime) -> ConsentView:
    matter = matters().get(row.matter)
    state = "running"
    if row.withdrawn_at is not None and row.withdrawn_at < row.until:
        state = "withdrawn"
    elif row.until <= at:
        state = "over"
    elif matter is None or matter.digest() != row.digest:
        state = "changed"
    return ConsentView(row.pk, row.matter, row.given_at, row.until, row.withdrawn_at, state)


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")

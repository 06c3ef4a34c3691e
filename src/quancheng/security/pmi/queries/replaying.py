"""Making the decisions that the trail holds again under a policy that is not in force."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from django.utils import timezone

from quancheng.security.pmi import adapters
from quancheng.security.pmi.models import Emergency, Recusal, Role
from quancheng.security.pmi.queries import terms as words
from quancheng.security.pmi.queries.consents import with_consents
from quancheng.security.pmi.queries.separation import ConflictView, conflicts
from quancheng.security.pmi.rules import (
    DECIDED,
    OF_GRANTS,
    OF_RULES,
    Actor,
    Change,
    ChangeKind,
    Decision,
    Grant,
    Holding,
    Kind,
    Roles,
    Target,
    decide,
    grants_of,
)
from quancheng.security.trail import public as trail

DONE = "done"
# Refusals that a grant would have cured, and those of who must stand apart.
LACKING = frozenset(
    {"pmi.forbidden", "pmi.purpose-needed", "pmi.outside-hours", "pmi.assurance-too-low", "pmi.consent-needed"}
)
RECUSED, IN_CONFLICT = "pmi.recused", "pmi.duties-conflict"
PEOPLE = "account:"
KEPT = 4096


class Verdict(StrEnum):
    """What the change makes of an entry. The last three could not be replayed."""

    SAME = "SAME"
    NOW_REFUSED = "NOW_REFUSED"
    NOW_ALLOWED = "NOW_ALLOWED"
    BOUND = "BOUND"
    OTHERWISE = "OTHERWISE"
    NOT_BY_ROLES = "NOT_BY_ROLES"
    OTHER_REASON = "OTHER_REASON"
    UNRECORDED = "UNRECORDED"
    ERASED = "ERASED"
    UNKNOWN_PERSON = "UNKNOWN_PERSON"


FLIPS = (Verdict.NOW_REFUSED, Verdict.NOW_ALLOWED)
UNREPLAYED = (Verdict.UNRECORDED, Verdict.ERASED, Verdict.UNKNOWN_PERSON)


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry with its verdict, and for one that would be refused what is lacking (names of rules.Lack)."""

    entry: trail.EntryView
    verdict: Verdict
    lacking: tuple[str, ...] = ()


def roles_now() -> Roles:
    """Return the privileges of every role with their terms, as they are today."""
    return {
        role.code: {name: words.terms_of(role.terms.get(name)) for name in role.privileges}
        for role in Role.objects.order_by("code")
    }


@dataclass
class Replay:
    """Judges entries: what was decided of them with today's roles and rules, and what would be with the change.

    `written` are the names of actions, which alone the rules of separation bind. What is asked about people is kept
    for the last few thousand of them, so memory does not grow with the trail.
    """

    change: Change
    roles: Roles
    written: Collection[str] = ()
    post: Holding | None = None
    changed: Roles = field(init=False)
    _known: dict[str, adapters.Served | None] = field(init=False, default_factory=dict)
    _held: Callable[[str], tuple[tuple[Holding, ...], tuple[Holding, ...]]] = field(init=False)

    def __post_init__(self) -> None:
        if self.change.post and self.post is None:
            self.post = adapters.directory().post(self.change.post)
        self.changed = self.change.roles(self.roles)
        self._held = lru_cache(KEPT)(self._holdings)
        self._emergency = lru_cache(KEPT)(_emergency)
        self._recusals = set(Recusal.objects.filter(ended_at=None).values_list("actor_id", "subject"))

    @property
    def touched(self) -> frozenset[str] | None:
        """The privileges whose entries have to be looked at; None for all of a subject's."""
        if self.change.kind in {ChangeKind.RECUSE, ChangeKind.UNRECUSE}:
            return None
        return self.change.touched(self.roles, self.post)

    def judge(self, entries: Iterable[trail.EntryView]) -> list[Judged]:
        """Return the verdict on each of a stretch of entries."""
        entries = list(entries)
        self._meet({entry.actor_id for entry in entries if entry.actor_id.startswith(PEOPLE)})
        if self.change.kind in OF_GRANTS:
            return self._stand_apart([self._by_grants(entry) for entry in entries])
        if self.change.kind in OF_RULES:
            return self._by_rule(entries)
        return [self._by_recusal(entry) for entry in entries]

    def _meet(self, people: set[str]) -> None:
        """Ask about all people of a stretch at once, instead of about each when it is their turn."""
        if fresh := people - self._known.keys():
            if len(self._known) > KEPT:
                self._known, fresh = {}, people
                self._held.cache_clear()  # type: ignore[attr-defined]
            found = adapters.directory().served(fresh)
            self._known |= {key: found.get(key) for key in fresh}

    def _served(self, actor_id: str) -> adapters.Served | None:
        return self._known.get(actor_id)

    def _by_grants(self, entry: trail.EntryView) -> Judged:
        if verdict := self._apart(entry):
            return Judged(entry, verdict)
        done, facts = entry.outcome == DONE, cast("dict[str, Any]", entry.detail[DECIDED])
        held, would_hold = self._held(entry.actor_id)
        now = self._decide(entry, facts, held, self.roles)
        then = self._decide(entry, facts, would_hold, self.changed)
        if now.allowed != done:
            # Roles or appointments were changed since: what comes of it now is not the doing of this change.
            return Judged(entry, Verdict.OTHERWISE)
        if now.allowed == then.allowed:
            return Judged(entry, Verdict.SAME if now.follows == then.follows else Verdict.BOUND)
        lacking = tuple(lack.value for lack in then.lacking)
        return Judged(entry, Verdict.NOW_REFUSED if done else Verdict.NOW_ALLOWED, lacking)

    def _apart(self, entry: trail.EntryView) -> Verdict | None:
        """Return why an entry cannot be decided again or is not decided by grants; None when it is."""
        facts, people = entry.detail.get(DECIDED), entry.actor_id.startswith(PEOPLE)
        verdict = None
        if entry.erased:
            verdict = Verdict.ERASED
        elif not isinstance(facts, dict):
            verdict = Verdict.UNRECORDED
        elif entry.outcome != DONE and entry.outcome not in LACKING:
            verdict = Verdict.OTHER_REASON
        elif facts.get("by") in {"own", "kind"} or not people:
            verdict = Verdict.NOT_BY_ROLES
        elif self._served(entry.actor_id) is None:
            verdict = Verdict.UNKNOWN_PERSON
        return verdict

    def _decide(
        self, entry: trail.EntryView, facts: dict[str, Any], held: tuple[Holding, ...], roles: Roles
    ) -> Decision:
        at = timezone.localtime(entry.at)
        grants = tuple(grants_of(held, roles, entry.action, at, str(facts.get("seat", ""))))
        if taken := self._emergency(str(entry.detail.get("emergency", ""))):
            grants += (taken,)
        served = self._served(entry.actor_id)
        actor = Actor(
            id=entry.actor_id,
            name=entry.actor_name,
            kind=cast("Kind", served.kind if served else "staff"),
            grants=grants,
            assurance=int(facts.get("assurance", 0)),
            purpose=str(facts.get("purpose", "")),
            at=at,
        )
        target = Target(str(facts.get("place", "")), str(facts.get("owner", "")), _subjects(entry))
        # Whoever had agreed then had agreed, whatever they have withdrawn since.
        return decide(actor, entry.action, with_consents(actor, entry.action, target, entry.at))

    def _holdings(self, actor_id: str) -> tuple[tuple[Holding, ...], tuple[Holding, ...]]:
        served = self._served(actor_id)
        held = served.holdings if served else ()
        if served is None or served.kind != "staff":
            return held, held
        return held, self.change.holdings(actor_id, held, self.post)

    def _stand_apart(self, judged: list[Judged]) -> list[Judged]:
        """Take back that something would be allowed where a recusal or a rule of separation bars it all the same."""
        gained = [item.entry for item in judged if item.verdict is Verdict.NOW_ALLOWED]
        barred = {entry.id for entry in gained if self._recused(entry.actor_id, _subjects(entry))}
        barred |= {key for rule in conflicts() for key in self._broken(rule, gained)} if gained else set()
        return [Judged(item.entry, Verdict.SAME) if item.entry.id in barred else item for item in judged]

    def _by_rule(self, entries: list[trail.EntryView]) -> list[Judged]:
        rule = ConflictView(0, self.change.first, self.change.second, "", "")
        broken = self._broken(rule, entries)
        pair = tuple(sorted((rule.first, rule.second)))
        others = [item for item in conflicts() if (item.first, item.second) != pair]
        elsewhere = {key for item in others for key in self._broken(item, entries)}
        return [self._of_rule(entry, entry.id in broken, entry.id in elsewhere) for entry in entries]

    def _of_rule(self, entry: trail.EntryView, broken: bool, elsewhere: bool) -> Judged:
        if entry.erased:
            return Judged(entry, Verdict.ERASED)
        served = self._served(entry.actor_id) if entry.actor_id.startswith(PEOPLE) else None
        if entry.actor_id.startswith(PEOPLE) and served is None:
            return Judged(entry, Verdict.UNKNOWN_PERSON)
        if served is None or served.kind != "staff":
            return Judged(entry, Verdict.NOT_BY_ROLES)
        if self.change.kind is ChangeKind.RULE:
            return Judged(entry, Verdict.NOW_REFUSED if broken and entry.outcome == DONE else Verdict.SAME)
        if entry.outcome != IN_CONFLICT or elsewhere:
            return Judged(entry, Verdict.SAME)
        return Judged(entry, Verdict.NOW_ALLOWED if broken else Verdict.OTHERWISE)

    def _broken(self, rule: ConflictView, entries: list[trail.EntryView]) -> set[str]:
        """Return the ids of the entries whose actor had done the other half of the rule on a subject before."""
        found: set[str] = set()
        for name in {rule.first, rule.second} & set(self.written):
            asked = [entry for entry in entries if entry.action == name and entry.actor_id.startswith(PEOPLE)]
            wanted = {(entry.actor_id, subject) for entry in asked for subject in _subjects(entry)}
            first = trail.first_done(rule.other(name), wanted) if wanted else {}
            for entry in asked:
                earlier = (first.get((entry.actor_id, subject)) for subject in _subjects(entry))
                if any(key is not None and key < int(entry.id) for key in earlier):
                    found.add(entry.id)
        return found

    def _by_recusal(self, entry: trail.EntryView) -> Judged:
        if entry.erased:
            return Judged(entry, Verdict.ERASED)
        if entry.actor_id != self.change.actor or self.change.subject not in _subjects(entry):
            return Judged(entry, Verdict.SAME)
        if self.change.kind is ChangeKind.RECUSE:
            return Judged(entry, Verdict.NOW_REFUSED if entry.outcome == DONE else Verdict.SAME)
        others = tuple(name for name in _subjects(entry) if name != self.change.subject)
        if entry.outcome != RECUSED or self._recused(entry.actor_id, others):
            return Judged(entry, Verdict.SAME)
        apart = any(self._broken(rule, [entry]) for rule in conflicts(entry.action))
        return Judged(entry, Verdict.SAME if apart else Verdict.NOW_ALLOWED)

    def _recused(self, actor_id: str, subjects: Iterable[str]) -> bool:
        return any((actor_id, subject) in self._recusals for subject in subjects)


def _subjects(entry: trail.EntryView) -> tuple[str, ...]:
    """Return what the action itself touched: without whom it was done for, and without the emergency."""
    added = {entry.detail.get("on_behalf_of"), f"emergency:{entry.detail.get('emergency', '')}"}
    return tuple(subject for subject in entry.subjects if subject not in added)


def _emergency(key: str) -> Grant | None:
    row = Emergency.objects.filter(pk=key).first() if key else None
    return Grant(row.privilege, row.organisation, until=row.until, emergency=key) if row else None


def begins(day: date) -> datetime:
    """Return the first instant of a day, local time."""
    return timezone.make_aware(datetime.combine(day, time.min))

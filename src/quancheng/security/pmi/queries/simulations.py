"""Questions about changes that were tried on the trail: how far they have come, and what came out."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import adapters, rules
from quancheng.security.pmi.models import Role, Simulation
from quancheng.security.pmi.queries.replaying import UNREPLAYED, Verdict
from quancheng.security.pmi.queries.terms import LACKS, sentence
from quancheng.security.pmi.queries.visibility import EVERYTHING
from quancheng.security.pmi.rules import Change, ChangeKind, Lack, Target
from quancheng.security.trail import public as trail

# Why entries were not judged, or not by this change, in words.
REASONS = {
    Verdict.UNRECORDED: gettext_lazy("recorded before the trail kept what a decision rests on, or not by a privilege"),
    Verdict.ERASED: gettext_lazy("erased by law"),
    Verdict.UNKNOWN_PERSON: gettext_lazy("by an account that no longer exists"),
    Verdict.OTHERWISE: gettext_lazy("decided otherwise today already, because of earlier changes"),
    Verdict.NOT_BY_ROLES: gettext_lazy("own matters, the platform and other systems: no role decides these"),
    Verdict.OTHER_REASON: gettext_lazy("refused for another reason than a privilege"),
    Verdict.BOUND: gettext_lazy("allowed as before, but bound to something else: masked, or the person is told"),
    Verdict.SAME: gettext_lazy("decided alike with the change and without it"),
}


class NoSuchSimulation(Refusal):
    code = "pmi.no-such-simulation"
    message = gettext_lazy("There is no such simulation.")
    status = 404


@dataclass(frozen=True, slots=True)
class Flip:
    """Acts of one person that the change would decide otherwise. `examples` are ids of the trail's entries."""

    verdict: str
    actor_id: str
    actor_name: str
    action: str
    title: str
    lacking: tuple[str, ...]
    count: int
    first: datetime
    last: datetime
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many entries were judged so, and what that means."""

    verdict: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class SimulationView:
    """A change tried on the trail. `seen` entries lie in its period; the change could touch `looked` of them."""

    id: uuid.UUID
    maker_id: str
    maker_name: str
    made_at: datetime
    change: Change
    title: str
    since: date
    until: date
    percent: int
    finished: bool
    seen: int
    looked: int
    refused: tuple[Flip, ...]
    allowed: tuple[Flip, ...]
    beyond: int
    unreplayed: tuple[Count, ...]
    others: tuple[Count, ...]
    counts: dict[str, int]

    @property
    def refusals(self) -> int:
        """How many acts that were done would be refused."""
        return self.counts.get(Verdict.NOW_REFUSED, 0)

    @property
    def allowances(self) -> int:
        """How many acts that were refused would be allowed."""
        return self.counts.get(Verdict.NOW_ALLOWED, 0)

    @property
    def not_replayed(self) -> int:
        """How many entries could not be replayed."""
        return sum(item.count for item in self.unreplayed)


def simulations(*, seen: Q = EVERYTHING, most: int = 50) -> tuple[SimulationView, ...]:
    """Return the simulations that may be seen, the newest first."""
    return tuple(_view(row) for row in Simulation.objects.filter(seen).order_by("-made_at", "id")[:most])


def simulation(simulation_id: uuid.UUID) -> SimulationView:
    """Return one simulation. :raises NoSuchSimulation: if there is none."""
    row = Simulation.objects.filter(pk=simulation_id).first()
    if row is None:
        raise NoSuchSimulation
    return _view(row)


def target_of(simulation_id: uuid.UUID) -> Target:
    """Return what a simulation is to pmi: its maker's own. :raises NoSuchSimulation:"""
    maker = Simulation.objects.filter(pk=simulation_id).values_list("maker_id", flat=True).first()
    if maker is None:
        raise NoSuchSimulation
    return Target(owner=maker)


def in_words(change: Change) -> str:
    """Return the change as a sentence."""
    role = Role.objects.filter(code=change.role).values_list("title", flat=True).first() or change.role
    post = adapters.directory().post(change.post) if change.post else None
    place = next(iter(adapters.directory().names_of(post.paths[:1]).values()), "") if post else ""
    served = adapters.directory().served([change.actor]).get(change.actor) if change.actor else None
    facts = {
        "role": role,
        "privilege": trail.action_title(change.privilege),
        "terms": sentence(change.terms),
        "post": f"{place} · {post.title}" if post else "",
        "person": served.name if served else "",
        "first": trail.action_title(change.first),
        "second": trail.action_title(change.second),
        "subject": change.subject,
    }
    texts = {
        ChangeKind.TERMS: _("The role “%(role)s” holds “%(privilege)s” on these terms: %(terms)s."),
        ChangeKind.WITHDRAW: _("“%(privilege)s” is withdrawn from the role “%(role)s”."),
        ChangeKind.HANG: _("The post %(post)s carries the role “%(role)s”."),
        ChangeKind.UNHANG: _("The post %(post)s no longer carries the role “%(role)s”."),
        ChangeKind.APPOINT: _("%(person)s holds the post %(post)s."),
        ChangeKind.DISMISS: _("%(person)s no longer holds the post %(post)s."),
        ChangeKind.RULE: _("Nobody may do both “%(first)s” and “%(second)s” on one matter."),
        ChangeKind.UNRULE: _("One person may do both “%(first)s” and “%(second)s” on one matter."),
        ChangeKind.RECUSE: _("%(person)s is recused from the matter %(subject)s."),
        ChangeKind.UNRECUSE: _("%(person)s is no longer recused from the matter %(subject)s."),
    }
    return texts[change.kind] % facts


def in_figures(found: SimulationView) -> str:
    """Return what came out in one sentence."""
    refused = ngettext("%(n)s act would be refused", "%(n)s acts would be refused", found.refusals)
    allowed = ngettext("%(n)s refusal would be lifted", "%(n)s refusals would be lifted", found.allowances)
    return _("%(refused)s, %(allowed)s") % {
        "refused": refused % {"n": found.refusals},
        "allowed": allowed % {"n": found.allowances},
    }


def _view(row: Simulation) -> SimulationView:
    found: dict[str, Any] = row.found
    counts = {str(key): int(value) for key, value in found.get("counts", {}).items()}
    flips = sorted((_flip(item) for item in found.get("groups", {}).values()), key=lambda one: (-one.count, one.action))
    change = rules.change_of(row.change)
    return SimulationView(
        id=row.pk,
        maker_id=row.maker_id,
        maker_name=row.maker_name,
        made_at=row.made_at,
        change=change,
        title=in_words(change),
        since=row.since,
        until=row.until,
        percent=100 if row.finished_at else 100 * (row.cursor - row.first) // max(1, row.last - row.first),
        finished=row.finished_at is not None,
        seen=found.get("seen", 0),
        looked=found.get("looked", 0),
        refused=tuple(one for one in flips if one.verdict == Verdict.NOW_REFUSED),
        allowed=tuple(one for one in flips if one.verdict == Verdict.NOW_ALLOWED),
        beyond=sum(found.get("beyond", {}).values()),
        unreplayed=_counts(counts, UNREPLAYED),
        others=_counts(
            counts, (Verdict.BOUND, Verdict.SAME, Verdict.NOT_BY_ROLES, Verdict.OTHER_REASON, Verdict.OTHERWISE)
        ),
        counts=counts,
    )


def _counts(counts: dict[str, int], wanted: tuple[Verdict, ...]) -> tuple[Count, ...]:
    return tuple(Count(item.value, str(REASONS[item]), counts[item]) for item in wanted if counts.get(item))


def _flip(item: dict[str, Any]) -> Flip:
    return Flip(
        verdict=item["verdict"],
        actor_id=item["actor_id"],
        actor_name=item["actor_name"],
        action=item["action"],
        title=trail.action_title(item["action"]),
        lacking=tuple(str(LACKS[Lack(name)]) for name in item["lacking"]),
        count=item["count"],
        first=datetime.fromisoformat(item["first"]),
        last=datetime.fromisoformat(item["last"]),
        examples=tuple(item["examples"]),
    )

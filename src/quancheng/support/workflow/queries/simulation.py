"""What another version of a drawing, and today's decisions, would have made of cases that are finished."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from statistics import median_low
from typing import Any

from django.utils import timezone

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine import decisions, effects, migrating, replay, store
from quancheng.support.workflow.engine.drawing import ACTIVITIES, ENDS, Definition
from quancheng.support.workflow.engine.handlers import CaseContext
from quancheng.support.workflow.models import Case, Task
from quancheng.support.workflow.models import Definition as DefinitionRow
from quancheng.support.workflow.queries.durations import spoken

MOST_CASES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One past case and what the version would have made of it. Steps are named as people call them.

    `skipped` were gone through then and would not be, `added` the other way round. `lasted` is how long people's steps
    took then, run the same way on the case's own version; `would` how long they would have.
    """

    case_id: int
    title: str
    version: int
    skipped: tuple[str, ...]
    added: tuple[str, ...]
    ends: str
    ended: str
    lasted: timedelta
    would: timedelta
    missed: tuple[str, ...]
    missed_then: tuple[str, ...]
    stopped: str = ""
    unlike: bool = False

    @property
    def differs(self) -> bool:
        """Whether the case would have gone another way."""
        return bool(self.skipped or self.added or self.stopped) or self.ends != self.ended

    @property
    def lasted_words(self) -> str:
        """How long it took, as people say it."""
        return spoken(self.lasted)

    @property
    def would_words(self) -> str:
        """How long it would have taken, as people say it."""
        return spoken(self.would)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What came of a simulation over the last finished cases; `finished` is how many there are, counted so far.

    `unknown` are steps of which nobody knows how long they take: no case has had them. `unlike` counts cases that do
    not go the same way even on their own version with the variables they ended with.
    """

    trials: tuple[Trial, ...]
    more: bool
    unknown: tuple[str, ...]

    @property
    def different(self) -> int:
        """How many would have gone another way."""
        return sum(trial.differs for trial in self.trials)

    @property
    def stopped(self) -> int:
        """How many would not have come to an end."""
        return sum(bool(trial.stopped) for trial in self.trials)

    @property
    def unlike(self) -> int:
        """How many go another way even on their own version."""
        return sum(trial.unlike for trial in self.trials)

    @property
    def missed(self) -> int:
        """In how many a deadline would have been missed."""
        return sum(bool(trial.missed) for trial in self.trials)

    @property
    def missed_then(self) -> int:
        """In how many a deadline was missed."""
        return sum(bool(trial.missed_then) for trial in self.trials)

    @property
    def lasted(self) -> str:
        """Half of them took so long or less."""
        return spoken(median_low([trial.lasted for trial in self.trials])) if self.trials else ""

    @property
    def would(self) -> str:
        """Half of them would have taken so long or less."""
        return spoken(median_low([trial.would for trial in self.trials])) if self.trials else ""


def _of_process(*, definition_id: int, **_wishes: object) -> pmi.Target:
    return pmi.Target(subjects=(f"process:{migrating.target(definition_id).key}",))


@pmi.reading("workflow.case.simulate", scope=_of_process)
def simulation(*, actor: pmi.Actor, definition_id: int, most: int = 100) -> Simulation:
    """Run a version over the last `most` (at most `MOST_CASES`) finished cases of its process that `actor` may read.

    Four statements, however many cases; nothing is stored. Called cases are not looked into.

    :raises NotAVersion: if cases cannot run on the version.
    """
    version = migrating.target(definition_id)
    most = max(1, min(most, MOST_CASES))
    reach = pmi.visible(actor, "workflow.case.read", organisation="organisation")
    ended = Case.objects.filter(reach, key=version.key, status=Case.Status.COMPLETED, parent=None)
    found = list(ended.select_related("definition").defer("definition__xml").order_by("-pk")[: most + 1])
    cases = found[:most]
    tasks: dict[int, list[Task]] = {case.pk: [] for case in cases}
    for task in Task.objects.filter(case__in=list(tasks), state=Task.State.DONE).order_by("done_at", "pk"):
        tasks[task.case_id].append(task)
    usual = _usual(tasks.values())
    new, trials = store.definition(version.digest), []
    unknown: set[str] = set()
    due = cache(effects.due_after)  # for this one simulation: calendars change
    for case in cases:
        trial, missing = _trial(case, tasks[case.pk], new, usual, due)
        trials.append(trial)
        unknown |= missing
    return Simulation(
        trials=tuple(trials), more=len(found) > most, unknown=tuple(sorted(new.nodes[name].label for name in unknown))
    )


def versions_to_try(key: str) -> tuple[tuple[int, int], ...]:
    """Return (id, version) of the versions of a process that can run, the newest first."""
    rows = DefinitionRow.objects.filter(key=key, viewing_only=False).order_by("-version")
    return tuple(rows.values_list("pk", "version"))


def _usual(tasks: Any) -> dict[str, timedelta]:
    took: dict[str, list[timedelta]] = {}
    for task in (task for group in tasks for task in group):
        took.setdefault(task.element_id, []).append(task.done_at - task.created_at)
    return {name: median_low(lengths) for name, lengths in took.items()}


def _trial(
    case: Case, tasks: Sequence[Task], new: Definition, usual: Mapping[str, timedelta], due: replay.Due
) -> tuple[Trial, frozenset[str]]:
    old = store.definition(case.digest)
    took: dict[str, list[timedelta]] = {}
    for task in tasks:
        took.setdefault(task.element_id, []).append(task.done_at - task.created_at)  # type: ignore[operator]
    late = frozenset(
        task.element_id for task in tasks if task.due_on and timezone.localdate(task.done_at) > task.due_on
    )
    past = replay.Past(
        variables=case.variables,
        started_at=timezone.localtime(case.started_at),
        ended_at=case.ended_at or case.started_at,
        took=took,
        passed=frozenset(case.passed),
        missed=late,
    )
    wishes: dict[str, Any] = {"usual": usual, "decide": lambda name, known: _decide(case, name, known), "due": due}
    then = replay.replay(old, past, **wishes)
    would = replay.replay(new, past, **wishes)
    gone = frozenset(name for name in past.passed if name in old.nodes and old.nodes[name].kind in ACTIVITIES)
    ended = frozenset(
        name for name in past.passed if name in old.nodes and old.nodes[name].kind in ENDS and not old.nodes[name].scope
    )
    return Trial(
        case_id=case.pk,
        title=case.title,
        version=case.definition.version,
        skipped=_names(old, gone - would.steps),
        added=_names(new, would.steps - gone),
        ends="、".join(_names(new, would.ends)),
        ended="、".join(_names(old, ended)),
        lasted=then.lasted,
        would=would.lasted,
        missed=_names(new, would.missed),
        missed_then=_names(old, late),
        stopped=would.stopped,
        unlike=then.steps != gone,
    ), would.unknown


def _names(drawing: Definition, found: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(drawing.nodes[name].label for name in found if name in drawing.nodes))


def _decide(case: Case, name: str, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Decide as it is decided today. What cannot be decided brings nothing: the case has what came of it then."""
    context = CaseContext(
        case_id=case.pk, token=0, element_id="", name="", key=case.key, subject=case.subject, title=case.title,
        organisation=case.organisation, variables=known, at=_now(),
    )  # fmt: skip
    try:
        return decisions.decide(name, context)[0]
    except Refusal:
        return {}


def _now() -> datetime:
    return timezone.now()

"""How long the steps of a process take, from what has been done."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine import store
from quancheng.support.workflow.models import Case, Definition, Task

LEVELS = 5
MOST_TIMED = 1_000
"""So many cases are looked at: enough for a median, few enough to answer at once whatever a town has behind it."""


@dataclass(frozen=True, slots=True)
class StepDuration:
    """How long a step takes from its opening to its end, over `count` times it was done.

    Half of the times it took `median` or less, nine of ten times `most` or less. `level` is 1 to 5 against the slowest
    step of the process.
    """

    element: str
    name: str
    count: int
    median: timedelta
    most: timedelta
    level: int

    @property
    def median_words(self) -> str:
        """The median as people say it."""
        return spoken(self.median)

    @property
    def most_words(self) -> str:
        """The duration that nine of ten keep within, as people say it."""
        return spoken(self.most)


def durations(actor: pmi.Actor, *, key: str, definition_id: int) -> tuple[StepDuration, ...]:
    """Return the steps of a process that are on one version's drawing, slowest first, from cases `actor` may read.

    From the cases that ended last, at most `MOST_TIMED`; while fewer have ended, the newest running ones count as well.
    The steps of all versions count, by their element.
    """
    took = ExpressionWrapper(F("done_at") - F("created_at"), output_field=DurationField())
    done = Task.objects.filter(case__in=_last_cases(actor, key), state="DONE")
    ranked = done.annotate(
        took=took,
        rank=Window(RowNumber(), partition_by="element_id", order_by=("took", "id")),
        number=Window(Count("pk"), partition_by="element_id"),
    )
    # The ranks of the median and of nine in ten, in whole numbers: integer division is the same on every database.
    shown = ranked.filter(Q(rank=(F("number") + 1) / 2) | Q(rank=(F("number") * 9 + 9) / 10))
    found: dict[str, list[tuple[int, timedelta]]] = {}
    for element, number, lasted in shown.order_by("took").values_list("element_id", "number", "took"):
        found.setdefault(element, []).append((number, lasted))
    slowest = max((rows[0][1] for rows in found.values()), default=timedelta()) or timedelta(seconds=1)
    if not found:
        return ()
    nodes = store.definition(Definition.objects.values_list("digest", flat=True).get(pk=definition_id)).nodes
    steps = [
        StepDuration(
            element,
            nodes[element].label,
            rows[0][0],
            rows[0][1],
            rows[-1][1],
            1 + min(int(rows[0][1] / slowest * LEVELS), LEVELS - 1),
        )
        for element, rows in found.items()
        if element in nodes
    ]
    return tuple(sorted(steps, key=lambda step: (-step.median, step.name)))


def _last_cases(actor: pmi.Actor, key: str) -> list[int]:
    """Return the cases that are looked at. Running ones come last: in them only what is quick has been done so far."""
    seen = Case.objects.filter(pmi.visible(actor, "workflow.case.read", organisation="organisation"), key=key)
    ended = seen.exclude(status=Case.Status.RUNNING).order_by("-ended_at", "-pk")
    running = seen.filter(status=Case.Status.RUNNING).order_by("-pk")
    found = [key for rows in (ended, running) for key in rows.values_list("pk", flat=True)[:MOST_TIMED]]
    return found[:MOST_TIMED]


def spoken(length: timedelta) -> str:
    """Return a length of time with one unit, e.g. 3.5 days."""
    seconds = length.total_seconds()
    for size, words in ((86_400, _("%(n)s days")), (3_600, _("%(n)s hours"))):
        if seconds >= size:
            return words % {"n": f"{seconds / size:.1f}".removesuffix(".0")}
    return _("%(n)s minutes") % {"n": max(round(seconds / 60), 1 if seconds else 0)}

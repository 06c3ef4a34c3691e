"""Clerks as processes of their own, who make every move there is at the same shared tasks."""

import multiprocessing
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from django.db import connections
from django.db.models import Q
from django.urls import get_resolver

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine.moves import offers
from quancheng.support.workflow.models import Circulation, Signer, Task

PLACE = "370100/office/"
WAITING = ("OPEN", "CLAIMED")
PATIENCE = 1800.0  # seconds after which a clerk counts as hanging


class Clerk:
    """One clerk: looks at the shared tasks in no order and does something with one of them."""

    def __init__(self, name: str, colleagues: Sequence[str], seed: int) -> None:
        self.actor = identity.actor_of(name)
        self.colleagues, self.rng = list(colleagues), Random(seed)
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []

    def turn(self) -> None:
        """Make one move; what is refused is refused in words, anything else is a fault."""
        name, act = self.rng.choice(self.moves())
        try:
            act()
            self.outcomes[f"{name} done"] += 1
        except Refusal as refusal:
            self.outcomes[f"{name} {refusal.code}"] += 1
        except Exception:  # noqa: BLE001 - every fault is shown to who runs the test
            self.faults.append(traceback.format_exc())

    def moves(self) -> list[tuple[str, Callable[[], Any]]]:
        """Return what the clerk might do now, what people do most more than once."""
        task, other = self.task(), self.rng.choice(self.colleagues)
        wishes: dict[str, Any] = {"actor": self.actor, "task_id": task}
        several = self.rng.sample(self.colleagues, min(2, len(self.colleagues)))
        when, rule = self.rng.choice(["BEFORE", "PARALLEL", "AFTER"]), self.rng.choice(["ALL", "ANY"])
        found: list[tuple[str, Callable[[], Any]]] = [
            ("complete", lambda: workflow.complete(**wishes)),
            ("complete", lambda: workflow.complete(**wishes)),
            ("claim", lambda: workflow.claim(**wishes)),
            ("release", lambda: workflow.release(**wishes)),
            ("transfer", lambda: workflow.transfer(**wishes, to_id=other)),
            ("lend", lambda: workflow.lend(**wishes, to_id=other)),
            ("call-in", lambda: workflow.call_in(**wishes)),
            ("ask", lambda: workflow.ask_signatures(**wishes, to_ids=several, when=when, rule=rule)),
            ("unsign", lambda: workflow.unsign(**wishes, to_id=other)),
            ("uphold", lambda: workflow.uphold(**wishes, comment="—")),
            ("assign", lambda: workflow.assign(**wishes, to_id=other)),
            ("urge", lambda: workflow.urge(**wishes)),
            ("circulate", lambda: workflow.circulate(**wishes, to_ids=several)),
            ("take-back", lambda: workflow.take_back(actor=self.actor, task_id=self.task(mine=True))),
            ("send-back", self.send_back),
            ("sign", self.sign),
            ("sign", self.sign),
            ("recall", self.recall),
            ("open", self.open),
        ]
        return found

    def task(self, *, mine: bool = False) -> int:
        """Return a shared task, mostly one of the clerk's own or a free one; with `mine` one that they have done."""
        rows = Task.objects.filter(done_by=self.actor.id) if mine else Task.objects.filter(state__in=WAITING)
        if not mine and self.rng.random() < 0.75:
            rows = rows.filter(Q(state="OPEN") | Q(assignee=self.actor.id))
        found = list(rows.order_by("-pk").values_list("pk", flat=True)[:50])
        return self.rng.choice(found) if found else 0

    def send_back(self) -> None:
        """Send a task back to some step before."""
        task = Task.objects.select_related("case").filter(pk=self.task()).first()
        steps = offers.passed_steps(task) if task else ()
        if task and steps:
            step = self.rng.choice(steps)[1].element_id
            straight = self.rng.random() < 0.5
            workflow.send_back(actor=self.actor, task_id=task.pk, step=step, straight=straight, comment="—")

    def sign(self) -> None:
        """Sign what is asked for, now and then objecting."""
        asked = Signer.objects.filter(actor_id=self.actor.id, state="ASKED").values_list("signing__task_id", flat=True)
        if found := list(asked[:20]):
            agrees = self.rng.random() < 0.8
            workflow.sign(actor=self.actor, task_id=self.rng.choice(found), agrees=agrees, comment="—")

    def recall(self) -> None:
        """Recall something sent for reading."""
        if found := Circulation.objects.filter(sender=self.actor.id, recalled_at=None).first():
            workflow.recall(actor=self.actor, circulation_id=found.pk)

    def open(self) -> None:
        """Look at the matter of some task."""
        if subject := Task.objects.filter(pk=self.task()).values_list("case__subject", flat=True).first():
            workflow.note_opening(actor=self.actor, subject=subject)


def hammer(names: Sequence[str], *, turns: int) -> tuple[Counter[str], list[str]]:
    """Let every clerk, a process each, take so many turns; return what came of their moves, and the faults."""
    ids = [identity.actor_of(name).id for name in names]
    # As in a process that serves: else each child's first address loads every page's code while it holds the writer.
    get_resolver().check()
    # The children must not inherit a connection: two processes on one would mix their words.
    connections.close_all()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [
        context.Process(target=_work, args=(name, list(ids), number, turns, results))
        for number, name in enumerate(names)
    ]
    for worker in workers:
        worker.start()
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    for _worker in workers:
        counted, found = results.get(timeout=PATIENCE)
        outcomes.update(counted)
        faults += found
    for worker in workers:
        worker.join()
    return outcomes, faults


def _work(name: str, colleagues: Sequence[str], seed: int, turns: int, results: Any) -> None:
    try:
        clerk = Clerk(name, colleagues, seed)
        for _turn in range(turns):
            clerk.turn()
        results.put((dict(clerk.outcomes), clerk.faults))
    except BaseException:
        results.put(({}, [traceback.format_exc()]))
        raise
    finally:
        connections.close_all()

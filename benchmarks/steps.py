"""Completing steps of cases, each an action with its entry in the trail, by several processes at once.

A step is what a business system's action does: privilege, separation, recusal, one transaction, task, tokens,
timeline, passage, entry in the trail; committed durably before the next one (PostgreSQL fsync, SQLite FULL).

- ours: the drawing's four user tasks, QC_BENCH_CASES cases waiting (20,000 unless told);
- peer: the same action and entry around SpiffWorkflow: a case's state as JSON read from one row, moved on, stored;
- viewflow: django-viewflow doing the same with a row for the record (see viewflow_peer.py; absent unless told where);
- queries: what one step of ours says to the database, BEGIN and COMMIT included.

Processes: QC_BENCH_PROCESSES, else three a core on PostgreSQL, where those that wait for the disk commit together, and
one a core on SQLite, which has one writer.
Run: QC_POSTGRES_FSYNC=on python scripts/postgres.py -- python benchmarks/steps.py; without a server it takes SQLite.
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import json
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
import uuid
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT), str(ROOT / "benchmarks")]
SITE = tempfile.TemporaryDirectory(prefix="quancheng-bench-", ignore_cleanup_errors=True)
os.environ |= {"QC_DATA": SITE.name, "QC_ZONE": "intranet"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

import django

django.setup()

import viewflow_peer
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from quancheng.kernel import plain_sql
from quancheng.security.pmi import public as pmi
from quancheng.security.trail.models import Entry
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.models import CaseEvent, Task
from quancheng.support.workflow.tests.drawings import line

POSTGRES = "QC_DATABASE_URL" in os.environ
CASES = int(os.environ.get("QC_BENCH_CASES", "20000"))
PROCESSES = int(os.environ.get("QC_BENCH_PROCESSES", (os.cpu_count() or 2) * (3 if POSTGRES else 1)))
TURNS, SECONDS, GOAL = int(os.environ.get("QC_BENCH_TURNS", "5")), 4.0, 400.0
MOST_STEPS = 4_800  # of all processes in one turn: three times the goal
STEP_NAMES = ("受理", "审查", "复核", "决定")
GRANTS = tuple(pmi.Grant(name, "370100/") for name in ("bench.step.do", "bench.step.do-peer"))


def clerk(number: int) -> pmi.Actor:
    """Return one of the clerks who do the steps."""
    return pmi.Actor(id=f"account:{number}", name="Clerk", kind="staff", grants=GRANTS)


def _of_city(subject: str, **_wishes: Any) -> pmi.Target:
    return pmi.Target(organisation="370100/", subjects=(subject,))


@pmi.action("bench.step.do", scope=_of_city)
def do_step(*, actor: pmi.Actor, subject: str, task_id: int) -> None:  # noqa: ARG001
    """What a business system's action does at a step."""
    workflow.complete(actor=actor, task_id=task_id, variables={"last": task_id}, comment="同意")


@pmi.action("bench.step.do-peer", scope=_of_city)
def do_peer(*, actor: pmi.Actor, subject: str, spiff: "Spiff", number: int) -> None:  # noqa: ARG001
    """The same around the peer."""
    spiff.step(number)


class Spiff:
    """SpiffWorkflow with a case's state in one row."""

    def __init__(self) -> None:
        parser = BpmnParser()
        file = Path(SITE.name) / "bench.bpmn"
        file.write_text(line(*STEP_NAMES, key="bench"), encoding="utf-8")
        parser.add_bpmn_file(str(file))
        self.spec, self.parts = parser.get_spec("bench"), parser.get_subprocess_specs("bench")
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())

    def prepare(self, processes: int) -> None:
        """Begin a case for each process."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_spiff")
            cursor.execute("CREATE TABLE bench_spiff (id integer PRIMARY KEY, body text NOT NULL)")
            states = [(number, self.begin()) for number in range(processes)]
            cursor.executemany("INSERT INTO bench_spiff VALUES (%s, %s)", states)

    def begin(self) -> str:
        """Return the state of a new case."""
        flow = BpmnWorkflow(self.spec, self.parts)
        flow.do_engine_steps()
        text: str = self.serializer.serialize_json(flow)
        return text

    def step(self, number: int) -> None:
        """Complete one step of the case, or begin it anew when it has ended."""
        hold = " FOR UPDATE" if POSTGRES else ""
        body = plain_sql.fetch(f"SELECT body FROM bench_spiff WHERE id = %s{hold}", (number,))[0][0]
        flow = self.serializer.deserialize_json(body)
        task = flow.get_tasks(state=TaskState.READY, manual=True)[0]
        task.data["last"] = number
        task.run()
        flow.do_engine_steps()
        body = self.begin() if flow.is_completed() else self.serializer.serialize_json(flow)
        plain_sql.change("UPDATE bench_spiff SET body = %s WHERE id = %s", (body, number))


def steps(kind: str, spiff: Spiff, processes: int = PROCESSES) -> float:
    """Return the steps a second that all processes complete together."""
    if kind == "ours":
        supply(MOST_STEPS)
    connections.close_all()
    context = multiprocessing.get_context("fork")
    results, gate = context.Queue(), context.Barrier(processes)
    workers = [
        context.Process(target=_work, args=(kind, number, processes, spiff, (gate, results)))
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    rates = [results.get(timeout=300) for _worker in workers]
    for worker in workers:
        worker.join()
    if wrong := [rate for rate in rates if isinstance(rate, str)]:
        raise SystemExit(f"{kind}: {wrong[0]}")
    return sum(rates)


def _work(kind: str, number: int, processes: int, spiff: Spiff, gates: tuple[Any, Any]) -> None:
    gate, results = gates
    try:
        results.put(_rate(kind, number, processes, spiff, gate))
    except Exception:  # noqa: BLE001 - whoever waits for the rate is told instead
        gate.abort()
        results.put(traceback.format_exc())
    finally:
        connections.close_all()


def _rate(kind: str, number: int, processes: int, spiff: Spiff, gate: Any) -> float:
    actor, waiting = clerk(number), waiting_tasks(number, processes)[::-1]
    gate.wait(timeout=60)
    done, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < SECONDS:
        if kind == "ours":
            task_id, subject = waiting.pop()
            do_step(actor=actor, subject=subject, task_id=task_id)
        else:
            do_peer(actor=actor, subject=f"application:{number}", spiff=spiff, number=number)
        done += 1
    return done / spent


def supply(number: int) -> None:
    """Begin cases until so many tasks wait: more than all processes together do in one turn."""
    wishes = {"key": "bench", "title": "办件", "organisation": "370100/d0/", "actor": clerk(0)}
    with transaction.atomic():
        for _case in range(number - Task.objects.filter(state="OPEN").count()):
            workflow.start(subject=f"supply:{uuid.uuid4()}", **wishes)


def waiting_tasks(number: int, processes: int) -> list[tuple[int, str]]:
    """Return open tasks with their subjects that no other process takes."""
    own = Task.objects.filter(state="OPEN").extra(where=["workflow_task.id %% %s = %s"], params=[processes, number])
    return list(own.order_by("pk").values_list("pk", "case__subject")[:6000])


def fill() -> None:
    """Begin the cases that wait."""
    workflow.deploy("intranet", line(*STEP_NAMES, key="bench", privilege="bench.step.do"))
    wishes = {"key": "bench", "title": "办件", "organisation": "370100/d0/", "actor": clerk(0)}
    with transaction.atomic():
        for number in range(CASES):
            workflow.start(subject=f"application:{number}", **wishes)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def queries() -> int:
    """Return how many statements one step takes, BEGIN and COMMIT included."""
    for task_id, subject in waiting_tasks(0, 1)[-2:]:
        with CaptureQueriesContext(connection) as captured:
            do_step(actor=clerk(0), subject=subject, task_id=task_id)
    # The first one of a connection may ask whether it is alive.
    return len(captured)


def main() -> int:
    """Print the rates as JSON; return 1 when the goal is missed or a step went without its entry."""
    call_command("migrate", verbosity=0)
    fill()
    spiff = Spiff()
    spiff.prepare(PROCESSES)
    asked = queries()
    figures: dict[str, list[float]] = {"ours": [], "peer": []}
    for turn in range(TURNS + 1):
        for kind, values in figures.items():
            rate = steps(kind, spiff)
            if turn:  # the first turn warms up
                values.append(rate)
    whole = CaseEvent.objects.filter(kind="DONE").count() == Entry.objects.filter(action="bench.step.do").count()
    figures["viewflow"] = viewflow_peer.rates(processes=PROCESSES, seconds=SECONDS, turns=TURNS)
    for kind, values in figures.items():
        print(f"{kind}: {', '.join(f'{value:.0f}' for value in values) or 'absent'} steps a second")
    middle = {kind: round(median(values), 1) if values else None for kind, values in figures.items()}
    ours = middle["ours"] or 0.0
    result = {
        "name": "steps completed as actions with their entries in the trail",
        "database": connection.vendor, "unit": "steps/s", "cases": CASES, "processes": PROCESSES,
        "cores": os.cpu_count(), **middle,
        **{f"ratio_{kind}": round(ours / middle[kind], 2) for kind in ("peer", "viewflow") if middle[kind]},
        "queries": asked, "every_step_has_its_entry": whole, "goal": GOAL, "met": ours >= GOAL and whole,
    }  # fmt: skip
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["met"] else 1


if __name__ == "__main__":
    sys.exit(main())

"""The worklist's page and completing steps with very many cases on PostgreSQL.

A town of sixty departments with QC_BENCH_CASES cases (20,000 unless told; the goal is 1,000,000); one in twenty runs.

- page: `/workbench/tasks/` of clerks in different departments, as the product's whole stack answers it, p95 in ms;
- ours: steps completed a second by as many processes as there are cores, each step an action with its entry in the
  trail (privilege, separation, recusal, transaction, timeline), committed durably;
- peer: the same action around SpiffWorkflow: the case's state read from one row, moved on, stored, committed.

django-viewflow is not measured: its licence (AGPL-3.0) keeps it out of this repository's requirements.
Run: QC_POSTGRES_FSYNC=on python scripts/postgres.py -- python benchmarks/worklist.py
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import json
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
if "QC_DATABASE_URL" not in os.environ:
    sys.exit("run it beside PostgreSQL: python scripts/postgres.py -- python benchmarks/worklist.py")
SITE = tempfile.TemporaryDirectory(prefix="quancheng-bench-", ignore_cleanup_errors=True)
os.environ |= {"QC_DATA": SITE.name, "QC_ZONE": "intranet"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

import django

django.setup()

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.models import Case, CaseEvent, Task, Token
from quancheng.support.workflow.tests.drawings import line

CASES = int(os.environ.get("QC_BENCH_CASES", "20000"))
DEPARTMENTS, STEPS, PAGES, PROCESSES = 60, 4, 200, os.cpu_count() or 2
SECONDS, TURNS = 4.0, 3
PAGE_GOAL, STEP_GOAL = 200.0, 400.0
STEP_NAMES = ("受理", "审查", "复核", "决定")


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

    def begin(self) -> str:
        """Return the state of a new case."""
        flow = BpmnWorkflow(self.spec, self.parts)
        flow.do_engine_steps()
        text: str = self.serializer.serialize_json(flow)
        return text

    def step(self, number: int) -> None:
        """Complete one step of the case, or begin it anew when it has ended."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT body FROM bench_spiff WHERE id = %s FOR UPDATE", (number,))
            flow = self.serializer.deserialize_json(cursor.fetchone()[0])
            task = flow.get_tasks(state=TaskState.READY, manual=True)[0]
            task.data["last"] = number
            task.run()
            flow.do_engine_steps()
            body = self.begin() if flow.is_completed() else self.serializer.serialize_json(flow)
            cursor.execute("UPDATE bench_spiff SET body = %s WHERE id = %s", (body, number))


def prepare() -> None:
    """Make the town and its cases."""
    call_command("migrate", verbosity=0)
    deployed = workflow.deploy("intranet", line(*STEP_NAMES, key="bench", privilege="bench.step.do"))
    identity.ensure_organisation(code="370100", name="济南市人民政府", kind="GOVERNMENT")
    pmi.define_role(code="bench", title="bench", privileges=["bench.step.do", "bench.step.do-peer"])
    for number in range(DEPARTMENTS):
        name = f"d{number}"
        identity.ensure_organisation(code=name, name=f"部门{number}", kind="DEPARTMENT", parent="370100")
        identity.ensure_account(username=name, name=name, kind="staff")
        identity.ensure_post(organisation=name, title="科员", roles=["bench"], holders=[name])
    begun = time.perf_counter()
    with transaction.atomic():
        fill()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_spiff (id integer PRIMARY KEY, body text NOT NULL)")
            states = [(number, SPIFF.begin()) for number in range(PROCESSES)]
            cursor.executemany("INSERT INTO bench_spiff VALUES (%s, %s)", states)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"{CASES:,} cases of {deployed.key} filled in {time.perf_counter() - begun:.0f} s")


def fill() -> None:
    """Copy one case that waits at its first step and one that has ended, with all that belongs to them."""
    actor = pmi.Actor(id="account:0", name="Clerk", kind="staff", grants=(pmi.Grant("bench.step.do", "370100/"),))
    for subject, share in (("running", CASES // 20), ("ended", CASES - CASES // 20)):
        case = workflow.start(key="bench", subject=subject, title="办件", organisation="370100/d0/", actor=actor)
        while subject == "ended" and case.opened:
            case = workflow.complete(actor=actor, task_id=case.opened[0])
        own = {
            "subject": f"'{subject}:' || n",
            "title": "'办件 ' || n",
            "organisation": f"'370100/d' || n %% {DEPARTMENTS} || '/'",
        }
        copy(Case, own, f"workflow_case t, generate_series(1, {share}) n WHERE t.id = {case.id}")
        places = {"case_id": "c.id", "organisation": "c.organisation", "due_on": "current_date + (c.id %% 30)::int"}
        for model in (Task, Token, CaseEvent):
            source = f"{model._meta.db_table} t, workflow_case c WHERE t.case_id = {case.id}"
            copy(model, places, f"{source} AND c.subject LIKE '{subject}:%%'")


def copy(model: Any, changes: dict[str, str], source: str) -> None:
    """Insert rows of `model` copied from `source`, whose row is `t`, with other expressions in some columns."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    values = ", ".join(changes.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM {source}", ())


def pages() -> tuple[list[float], int]:
    """Return the milliseconds of page after page by clerks of different departments, and the most queries of one."""
    settings.ALLOWED_HOSTS = ["*"]
    spent, most = [], 0
    clients = []
    for number in range(DEPARTMENTS):
        client = Client()
        client.force_login(get_user_model().objects.get(username=f"d{number}"), settings.AUTHENTICATION_BACKENDS[0])
        assert client.get("/workbench/tasks/").status_code == 200
        clients.append(client)
    for number in range(PAGES):
        begun = time.perf_counter()
        answer = clients[number % DEPARTMENTS].get("/workbench/tasks/", {"page": number % 3 + 1})
        spent.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200
    for number in (0, 1):
        with CaptureQueriesContext(connection) as captured:
            clients[number].get("/workbench/tasks/")
        most = max(most, len(captured))
    return spent, most


def steps(kind: str) -> float:
    """Return the steps a second that all processes complete together."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    results, gate = context.Queue(), context.Barrier(PROCESSES)
    workers = [context.Process(target=_work, args=(kind, number, gate, results)) for number in range(PROCESSES)]
    for worker in workers:
        worker.start()
    rate = sum(results.get(timeout=120) for _worker in workers)
    for worker in workers:
        worker.join()
    return rate


def _work(kind: str, number: int, gate: Any, results: Any) -> None:
    actor = pmi.Actor(
        id=f"account:{number}", name="Clerk", kind="staff",
        grants=tuple(pmi.Grant(name, "370100/") for name in ("bench.step.do", "bench.step.do-peer")),
    )  # fmt: skip
    waiting = iter(
        list(
            Task.objects.filter(state="OPEN", pk__gt=0)
            .extra(where=["workflow_task.id %% %s = %s"], params=[PROCESSES, number])
            .order_by("pk")
            .values_list("pk", "case__subject")[:20000]
        )
    )
    gate.wait()
    done, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < SECONDS:
        if kind == "ours":
            task_id, subject = next(waiting, (0, ""))
            if not task_id:
                break
            do_step(actor=actor, subject=subject, task_id=task_id)
        else:
            do_peer(actor=actor, subject=f"application:{number}", spiff=SPIFF, number=number)
        done += 1
    connections.close_all()
    results.put(done / spent)


SPIFF = Spiff()


def main() -> None:
    """Fill, measure, print."""
    prepare()
    spent, queries = pages()
    figures: dict[str, list[float]] = {"ours": [], "peer": []}
    for _turn in range(TURNS):
        for kind, values in figures.items():
            values.append(steps(kind))
    for kind, values in figures.items():
        print(f"{kind}: {', '.join(f'{value:.0f}' for value in values)} steps a second")
    p95 = quantiles(spent, n=20)[-1]
    ours, peer = median(figures["ours"]), median(figures["peer"])
    print(
        json.dumps(
            {
                "name": "worklist page and completed steps on PostgreSQL",
                "cases": CASES,
                "page_p50_ms": round(median(spent), 1),
                "page_p95_ms": round(p95, 1),
                "page_goal_ms": PAGE_GOAL,
                "page_queries": queries,
                "processes": PROCESSES,
                "unit": "steps/s",
                "ours": round(ours, 1),
                "peer": round(peer, 1),
                "ratio": round(ours / peer, 2),
                "goal": STEP_GOAL,
                "met": ours >= STEP_GOAL and p95 <= PAGE_GOAL,
            },
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()

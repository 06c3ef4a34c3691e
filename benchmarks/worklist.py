"""The pages of cases with very many of them on PostgreSQL: worklist, a case, the list of cases.

A town of sixty departments with QC_BENCH_CASES cases (20,000 unless told; the goal is 1,000,000); one in twenty runs.
Each page is answered by the product's whole stack; p50 and p95 in milliseconds, and the most statements of one answer,
which must be the same as with a thousandth of the cases (`constant`):

- work: the worklist of a clerk in a department, pages 1 to 3; lead: of one who sees all departments;
- done: what a clerk has done; search: the worklist searched, by the clerk and by who sees all, for what many, few and
  none of the cases have in their titles;
- case: a case's page; list: the list of cases, by status, of who sees all and of the clerk;
- find: the list of cases searched, for what all, some, one and none of them have in their titles;
- heat: the page of a process with how long its steps take; processes: all of them with how many cases run;
- designs: the list of drawings; design: one with its history and what is at work; process: the same, opened to draw;
- simulate: the last hundred finished cases run anew on the drawing. It takes the time of that work, which is bounded;
  the goal of a page does not hold for it.

A database that was filled before is used again (a server of one's own in QC_DATABASE_URL).
steps: completed a second at this size, each an action with its entry in the trail (see steps.py).
Run: QC_POSTGRES_FSYNC=on python scripts/postgres.py -- python benchmarks/worklist.py
"""

import json
import os
import sys
import time
from functools import cache
from statistics import median, quantiles
from typing import Any

if "QC_DATABASE_URL" not in os.environ:
    sys.exit("run it beside PostgreSQL: python scripts/postgres.py -- python benchmarks/worklist.py")

import steps  # it sets Django up
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from filling import fill

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.designer.actions import designs
from quancheng.support.designer.models import Design
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.models import Case, Definition
from quancheng.support.workflow.tests.drawings import line

CASES = int(os.environ.get("QC_BENCH_CASES", "20000"))
DEPARTMENTS, PAGES, TURNS = 60, 120, 3
PAGE_GOAL = 200.0
PRIVILEGES = (
    "bench.step.do", "bench.step.do-peer", "workflow.case.read", "workflow.definition.read", "designer.design.read",
    "designer.design.write", "workflow.case.simulate",
)  # fmt: skip


def town() -> None:
    """Make the town."""
    call_command("migrate", verbosity=0)
    workflow.deploy("intranet", line(*steps.STEP_NAMES, key="bench", privilege="bench.step.do"))
    identity.ensure_organisation(code="370100", name="济南市人民政府", kind="GOVERNMENT")
    pmi.define_role(code="bench", title="bench", privileges=list(PRIVILEGES))
    identity.ensure_account(username="lead", name="lead", kind="staff")
    identity.ensure_post(organisation="370100", title="领导", roles=["bench"], holders=["lead"])
    for number in range(DEPARTMENTS):
        name = f"d{number}"
        identity.ensure_organisation(code=name, name=f"部门{number}", kind="DEPARTMENT", parent="370100")
        identity.ensure_account(username=name, name=name, kind="staff")
        identity.ensure_post(organisation=name, title="科员", roles=["bench"], holders=[name])
    if not Design.objects.exists():
        drawing = line(*steps.STEP_NAMES, key="bench", privilege="bench.step.do")
        designs.create(
            actor=identity.actor_of("lead"), organisation="370100/", kind="process", key="bench", title="bench",
            content=drawing, at=timezone.now(),
        )  # fmt: skip


def clients() -> dict[str, Client]:
    """Return a signed-in browser for everybody."""
    settings.ALLOWED_HOSTS = ["*"]
    found = {}
    for name in ("lead", *(f"d{number}" for number in range(DEPARTMENTS))):
        found[name] = Client()
        found[name].force_login(get_user_model().objects.get(username=name), settings.AUTHENTICATION_BACKENDS[0])
    return found


@cache
def places() -> tuple[int, int]:
    """Return the numbers of the process and of its design."""
    return Definition.objects.get(key="bench").pk, Design.objects.get(key="bench").pk


def measured(people: dict[str, Client], cases: list[int], name: str, number: int) -> tuple[float, int]:
    """Return the milliseconds and the length of one page."""
    clerk, lead = people[f"d{number % DEPARTMENTS}"], people["lead"]
    definition, design = places()
    pages: dict[str, tuple[Client, str, dict[str, Any]]] = {
        "work": (clerk, "/workbench/tasks/", {"page": number % 3 + 1}),
        "lead": (lead, "/workbench/tasks/", {"page": number % 3 + 1}),
        "done": (clerk, "/workbench/tasks/", {"state": "done", "page": number % 3 + 1}),
        "search": (
            (clerk, lead)[number % 2],
            "/workbench/tasks/",
            {"q": (str(number % 100), f"件 {number * 37}", "没有")[number // 2 % 3]},
        ),
        "case": (lead, f"/workflow/cases/{cases[number]}/", {}),
        "list": ((lead, clerk)[number // 3 % 2], "/workflow/cases/", {"status": STATUSES[number % 3]}),
        "find": (
            (lead, clerk)[number // 4 % 2],
            "/workflow/cases/",
            {"search": ("办件", f"{number * 7}", f"件 {number * 571 + 3}", "没有")[number % 4]},
        ),
        "heat": ((lead, clerk)[number % 2], f"/workflow/definitions/{definition}/", {}),
        "processes": (lead, "/workflow/", {}),
        "designs": (lead, "/designer/", {}),
        "design": (lead, f"/designer/{design}/", {}),
        "process": (lead, f"/designer/{design}/edit/", {}),
        "simulate": ((lead, clerk)[number % 2], f"/workflow/definitions/{definition}/simulate/", {"most": 100}),
    }
    client, address, wishes = pages[name]
    begun = time.perf_counter()
    answer = client.get(address, wishes)
    spent = (time.perf_counter() - begun) * 1000
    assert answer.status_code == 200, (name, answer.status_code)
    return spent, len(answer.content)


NAMES = (
    "work", "lead", "done", "search", "case", "list", "find", "heat", "processes", "designs", "design", "process",
    "simulate",
)  # fmt: skip
SAMPLED = ("simulate",)
STATUSES = ("", "RUNNING", "COMPLETED")


def some() -> list[int]:
    """Return cases to look at, half of them running."""
    return [number for status in ("RUNNING", "COMPLETED") for number in Case.objects.filter(status=status)
            .order_by("pk").values_list("pk", flat=True)[: PAGES // 2]]  # fmt: skip


def asked(people: dict[str, Client], cases: list[int]) -> dict[str, int]:
    """Return how many statements each page takes."""
    found = {}
    for name in NAMES:
        counts = []
        for number in range(4):
            measured(people, cases, name, number)
            with CaptureQueriesContext(connection) as captured:
                measured(people, cases, name, number)
            counts.append(len(captured))
        found[name] = max(counts)
    return found


def kept() -> dict[str, int] | None:
    """Return how many statements the pages took with few cases, where this database was filled before; else None."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_few (asked jsonb)")
        cursor.execute("SELECT asked FROM bench_few")
        found = cursor.fetchone()
    return json.loads(found[0]) if found and Case.objects.count() >= CASES else None


def keep(few: dict[str, int]) -> None:
    """Note that the database is filled."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_few VALUES (%s)", [json.dumps(few)])


def main() -> int:
    """Fill, measure, print; return 1 when a goal is missed."""
    town()
    actor = steps.clerk(0)
    # Six hundred have done what is done, sixty of whom look at it.
    doers = [identity.actor_of(f"d{number}").id for number in range(DEPARTMENTS)]
    doers += [f"gone:{number}" for number in range(540)]
    people, begun, few = clients(), time.perf_counter(), kept()
    if few is None:
        fill(actor, key="bench", cases=max(CASES // 1000, 4800), departments=DEPARTMENTS, doers=doers)
        few = asked(people, some())
        Case.objects.all().delete()
        begun = time.perf_counter()
        fill(actor, key="bench", cases=CASES, departments=DEPARTMENTS, doers=doers)
        keep(few)
    filled = time.perf_counter() - begun
    print(f"{Case.objects.count():,} cases filled in {filled:.0f} s")
    cases = some()
    many = asked(people, cases)
    pages = {name: [measured(people, cases, name, number)[0] for number in range(PAGES)] for name in NAMES}
    p95 = {name: round(quantiles(values, n=20)[-1], 1) for name, values in pages.items()}
    slowest = max(spent for name, spent in p95.items() if name not in SAMPLED)
    connections.close_all()
    spiff = steps.Spiff()
    spiff.prepare(steps.PROCESSES)
    rates = {kind: [steps.steps(kind, spiff) for _turn in range(TURNS)] for kind in ("ours", "peer")}
    ours = median(rates["ours"])
    result = {
        "name": "pages and steps with very many cases on PostgreSQL", "cases": CASES, "fill_seconds": round(filled, 1),
        "p50_ms": {name: round(median(values), 1) for name, values in pages.items()}, "p95_ms": p95,
        "queries": many, "queries_with_few": few, "constant": many == few, "page_goal_ms": PAGE_GOAL,
        "processes": steps.PROCESSES, "steps": round(ours, 1), "peer": round(median(rates["peer"]), 1),
        "ratio": round(ours / median(rates["peer"]), 2), "step_goal": steps.GOAL,
        "met": ours >= steps.GOAL and slowest <= PAGE_GOAL and many == few,
    }  # fmt: skip
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["met"] else 1


if __name__ == "__main__":
    sys.exit(main())

"""Steps per second of the workflow engine against SpiffWorkflow, each state saved before the next step.

Both run the same drawing (sixteen user tasks, parallel branches, a choice, a sub-process) with the same variables and
save to a SQLite file with the pragmas of this product. A step is one completed user task: read from the database, moved
on, committed.

- ours: `workflow.complete` with its rows for case, tokens, tasks and timeline;
- peer: the workflow as JSON in one row, its normal way, deserialised and serialised each step as a web server must;
- peer_in_memory: the same without the reading, the workflow object being kept in memory and only saved.

`limit` is bare SQL: updates of one row per second, each committed with the same pragmas. All take turns of a second, so
that a busy machine slows all alike. Run: python benchmarks/workflow.py
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import itertools
import json
import os
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]
NUMBERS = itertools.count(1)
SITE = tempfile.TemporaryDirectory(prefix="quancheng-bench-", ignore_cleanup_errors=True)
FOLDER = Path(SITE.name)
os.environ |= {"QC_DATA": str(FOLDER), "QC_ZONE": "intranet"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from quancheng.security.pmi.public import Actor, Grant
from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.models import CaseEvent
from quancheng.support.workflow.tests.drawings import from_blocks

# The window accepts; four departments assign, inspect and give their opinion; a choice; the lead decides; licences are
# written and sealed; the papers are handed out: sixteen user tasks, as many as opening a restaurant takes.
BLOCKS = (
    "seq",
    ("task",),
    (
        "and",
        ("seq", ("task",), ("task",), ("task",)),
        ("seq", ("task",), ("task",), ("task",)),
        ("seq", ("task",), ("task",)),
        ("seq", ("task",), ("task",)),
    ),
    ("xor", ("task",), ("seq", ("task",), ("task",))),
    ("task",),
    ("sub", ("seq", ("task",), ("task",))),
    ("task",),
)
TURNS = int(os.environ.get("QC_BENCH_TURNS", "9"))
SECONDS = 1.0
GOAL = 3.0
PRAGMAS = settings.DATABASES["default"]["OPTIONS"]["init_command"]
VARIABLES = {
    **{f"choice_g{number}": 0 for number in range(10, 30)},
    "applicant": {"name": "王小明", "identity_number": "370102199001011234", "mobile": "13800000000"},
    "shop": {"name": "泉城小馆", "address": "历下区泉城路 1 号", "area": 120, "seats": 48, "kitchen": "open"},
    "departments": {"market": "370100/scjg/", "fire": "370100/xfjy/", "sign": "370100/cgj/", "lead": "370100/xzsp/"},
    "answers": {f"question_{number}": f"answer {number}" for number in range(20)},
}


def measure(run_case):
    """Run whole cases for about SECONDS; return steps per second."""
    steps, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < SECONDS:
        steps += run_case(next(NUMBERS))
    return steps / spent


def ours():
    """Return a function that completes every task of one case through the public functions."""
    deployed = workflow.deploy("bench", from_blocks(BLOCKS, key="bench"))
    actor = Actor(id="s1", name="Clerk", kind="staff", grants=(Grant("demo.errand.run", "370100/"),))

    def run_case(number):
        case = workflow.start(
            key=deployed.key,
            subject=f"application:{number}",
            title=f"Application {number}",
            organisation="370100/office/",
            variables=VARIABLES,
            actor=actor,
        )
        steps, waiting = 0, list(case.opened)
        while waiting:
            case = workflow.complete(actor=actor, task_id=waiting.pop(0), variables={"last": steps}, comment="agreed")
            waiting += case.opened
            steps += 1
        assert case.status == "COMPLETED"
        return steps

    return run_case


class Spiff:
    """The peer, saving to a SQLite file of its own with the same pragmas."""

    def __init__(self):
        parser = BpmnParser()
        xml = from_blocks(BLOCKS, language="python", key="bench")
        file = FOLDER / "bench.bpmn"
        file.write_text(xml, encoding="utf-8")
        parser.add_bpmn_file(str(file))
        self.spec, self.parts = parser.get_spec("bench"), parser.get_subprocess_specs("bench")
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
        self.database = sqlite3.connect(FOLDER / "spiff.sqlite3", isolation_level=None)
        self.database.executescript(PRAGMAS + "CREATE TABLE state (id INTEGER PRIMARY KEY, body TEXT NOT NULL);")

    def save(self, number, flow):
        body = self.serializer.serialize_json(flow)
        self.database.execute("BEGIN IMMEDIATE")
        self.database.execute("INSERT OR REPLACE INTO state (id, body) VALUES (?, ?)", (number, body))
        self.database.execute("COMMIT")

    def load(self, number):
        (body,) = self.database.execute("SELECT body FROM state WHERE id = ?", (number,)).fetchone()
        return self.serializer.deserialize_json(body)

    @staticmethod
    def settle(flow):
        flow.do_engine_steps()
        flow.refresh_waiting_tasks()
        flow.do_engine_steps()

    def run_case(self, number, *, keep=False):
        flow = BpmnWorkflow(self.spec, self.parts)
        for task in flow.get_tasks(state=TaskState.READY):
            task.data.update(VARIABLES)
        self.settle(flow)
        self.save(number, flow)
        steps = 0
        while not flow.is_completed():
            if not keep:
                flow = self.load(number)
            task = flow.get_tasks(state=TaskState.READY, manual=True)[0]
            task.data["last"] = steps
            task.run()
            self.settle(flow)
            self.save(number, flow)
            steps += 1
        return steps


def bare_sql():
    """Return a function that commits one update of one row."""
    database = sqlite3.connect(FOLDER / "bare.sqlite3", isolation_level=None)
    table = "CREATE TABLE state (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO state VALUES (1, 0);"
    database.executescript(PRAGMAS + table)

    def update(_number):
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE state SET n = n + 1 WHERE id = 1")
        database.execute("COMMIT")
        return 1

    return update


def main():
    """Let all take turns and print the medians."""
    call_command("migrate", verbosity=0)
    spiff = Spiff()
    runners = {
        "ours": ours(),
        "peer": spiff.run_case,
        "peer_in_memory": lambda number: spiff.run_case(number, keep=True),
        "limit": bare_sql(),
    }
    figures = {name: [] for name in runners}
    for turn in range(TURNS + 1):
        for name, run_case in runners.items():
            figure = measure(run_case)
            if turn:  # the first turn warms up
                figures[name].append(figure)
    for name, values in figures.items():
        print(f"{name}: {', '.join(f'{value:.0f}' for value in values)} a second")
    print(f"timeline rows written by ours: {CaseEvent.objects.count()}")
    middle = {name: median(values) for name, values in figures.items()}
    ratio = median(one / other for one, other in zip(figures["ours"], figures["peer"], strict=True))
    result = {
        "name": "workflow steps, state saved after each",
        "unit": "steps/s",
        "ours": round(middle["ours"], 1),
        "peer": round(middle["peer"], 1),
        "peer_in_memory": round(middle["peer_in_memory"], 1),
        "limit": round(middle["limit"], 1),
        "ratio": round(ratio, 2),
        "goal": GOAL,
        "met": ratio >= GOAL,
    }
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()

"""django-viewflow 2 (AGPL-3.0) as a peer to measure against: run by a Python of its own, as its own processes.

Nothing of it is imported here or in the product, and it stands in no lock. QC_BENCH_VIEWFLOW names the Python of an
environment that has it (python -m venv X && X/bin/pip install django-viewflow psycopg[binary]); without, it is absent.
A step is what its own pages do at a task: read, permission, assign, start, complete, open the next, one row more for
the record of who did what, committed.
"""

import os
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

FLOW = """
from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.models import Process


def page(request):
    raise AssertionError("pages are not measured")


class Errand(flow.Flow):
    process_class = Process
    start = flow.StartHandle(this.begin).Next(this.accept)
    accept = flow.View(page).Next(this.examine)
    examine = flow.View(page).Next(this.review)
    review = flow.View(page).Next(this.decide)
    decide = flow.View(page).Next(this.end)
    end = flow.End()

    def begin(self, activation):
        return activation.process
"""
WORK = """
import multiprocessing, os, sys, time
from types import SimpleNamespace

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="x" * 60, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", ROOT_URLCONF="work",
    DATABASES={"default": %(database)r},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "viewflow", "viewflow.workflow", "errands"],
)
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections, transaction
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from errands.flows import Errand

urlpatterns = []


def step(pk, user):
    request = SimpleNamespace(user=user)
    with transaction.atomic():
        task = Task.objects.select_related("process").get(pk=pk)
        with Errand.lock(task.process_id):
            task = Task.objects.get(pk=pk)
            node = task.flow_task
            assert node.can_assign(user, task)
            activation = node.activation_class(task)
            activation.assign(user)
            assert node.can_execute(user, task)
            activation.start(request)
            activation.execute()
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO record (at, actor, action, subject) VALUES (%%s, %%s, %%s, %%s)",
                           [str(time.time()), user.username, "step", str(pk)])


def work(number, count, seconds, gate, results):
    user = User.objects.get()
    waiting = [pk for pk in Task.objects.filter(status=STATUS.NEW).order_by("pk").values_list("pk", flat=True)
               if pk %% count == number]
    gate.wait()
    done, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds and waiting:
        step(waiting.pop(0), user)
        done += 1
    connections.close_all()
    results.put(done / spent)


if __name__ == "__main__":
    count, seconds, turns = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        kind = "bigserial" if connection.vendor == "postgresql" else "integer"
        cursor.execute(f"CREATE TABLE record (id {kind} PRIMARY KEY, at text, actor text, action text, subject text)")
    User.objects.create(username="clerk", is_superuser=True)
    with transaction.atomic():
        for _number in range(int(600 * seconds * turns)):
            Errand.start.run()
    connections.close_all()
    for _turn in range(turns):
        context = multiprocessing.get_context("fork")
        gate, results = context.Barrier(count), context.Queue()
        workers = [context.Process(target=work, args=(n, count, seconds, gate, results)) for n in range(count)]
        for worker in workers:
            worker.start()
        print(sum(results.get(timeout=120) for _worker in workers), flush=True)
        for worker in workers:
            worker.join()
"""


def database(folder: Path) -> dict[str, object]:
    """Return Django's settings for a database beside ours: another one on the same server, or another file."""
    url = os.environ.get("QC_DATABASE_URL", "")
    if not url:
        pragmas = (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA mmap_size=134217728;"
        )
        options = {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": pragmas}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "viewflow.sqlite3"), "OPTIONS": options}
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": "viewflow", "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""), "HOST": parts.hostname or "", "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
    }  # fmt: skip


def rates(*, processes: int, seconds: float, turns: int) -> list[float]:
    """Return the steps a second of each turn; empty when it is not installed here."""
    python = os.environ.get("QC_BENCH_VIEWFLOW", "")
    if not python:
        return []
    with tempfile.TemporaryDirectory(prefix="quancheng-viewflow-") as name:
        folder = Path(name)
        (folder / "errands").mkdir()
        (folder / "errands" / "__init__.py").touch()
        (folder / "errands" / "flows.py").write_text(FLOW, encoding="utf-8")
        (folder / "work.py").write_text(WORK % {"database": database(folder)}, encoding="utf-8")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("QC_", "PYTHON", "DJANGO"))}
        done = subprocess.run(
            [python, "work.py", str(processes), str(seconds), str(turns)],
            cwd=folder, env=kept, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"django-viewflow: {done.stderr[-2000:]}")
    return [float(line) for line in done.stdout.split()]

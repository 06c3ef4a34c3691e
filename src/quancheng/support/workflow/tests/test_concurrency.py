"""Two people, one task; two workers, one job: whatever the interleaving, the effect happens once."""

import sqlite3
import threading
from contextlib import closing

import pytest
from django.db import connection, connections

from quancheng.support.workflow import public as workflow
from quancheng.support.workflow.engine import handlers, work
from quancheng.support.workflow.models import CaseEvent, Job, Task
from quancheng.support.workflow.tests.drawings import from_blocks, line
from quancheng.support.workflow.tests.factories import NOW, OFFICE, clerk, started
from quancheng.support.workflow.tests.test_work import serving

pytestmark = pytest.mark.django_db(transaction=True)


def together(*functions):
    """Run the functions at the same moment, each on a connection of its own; return what each returned or raised."""
    gate, results = threading.Barrier(len(functions)), [None] * len(functions)

    def run(place, function):
        gate.wait()
        try:
            results[place] = function()
        except Exception as error:  # noqa: BLE001 - what was raised is what the test looks at
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture(autouse=True)
def _database_of_many(tmp_path):
    """Give the test a database file: connections to SQLite's in-memory one do not wait for each other."""
    if connection.vendor != "sqlite" or not connection.is_in_memory_db():
        yield
        return
    memory, name, file = connection.connection, connection.settings_dict["NAME"], tmp_path / "many.sqlite3"
    with closing(sqlite3.connect(file)) as copy:
        memory.backup(copy)
    connection.connection, connection.settings_dict["NAME"] = None, str(file)
    yield
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = memory, name


class TestTwoCompletions:
    def test_of_one_task_give_one_effect_and_one_refusal(self):
        started(line("a", "b"))
        task_id = Task.objects.get().pk

        results = together(*(lambda: workflow.complete(actor=clerk(OFFICE), task_id=task_id),) * 2)

        assert sorted(type(item).__name__ for item in results) == ["CaseBrief", "TaskAlreadyDone"]
        assert CaseEvent.objects.filter(kind="DONE").count() == 1
        assert Task.objects.filter(name="b").count() == 1

    def test_of_parallel_tasks_both_count_and_join_once(self):
        started(from_blocks(("seq", ("and", ("task",), ("task",)), ("task",))))
        ids = list(Task.objects.values_list("pk", flat=True))

        results = together(*(lambda n=n: workflow.complete(actor=clerk(OFFICE), task_id=n) for n in ids))

        assert not [item for item in results if isinstance(item, Exception)]
        assert Task.objects.filter(state="OPEN").count() == 1


class TestTwoWorkers:
    def test_run_a_service_task_once(self, monkeypatch):
        calls = []
        monkeypatch.setitem(handlers._handlers, "workflow.test", lambda case: calls.append(case.token))
        started(serving())

        together(*(lambda: work.run_due(at=NOW),) * 2)

        assert len(calls) == 1
        assert Job.objects.get().state == "DONE"
        assert Task.objects.get().name == "after"

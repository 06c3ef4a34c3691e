"""A sequencer that is killed, finds the disk full, or is not alone: every entry waits or has its one place."""

import errno
import os
import signal
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, connections

from quancheng.security.trail import actions, queries
from quancheng.security.trail.actions import integration
from quancheng.security.trail.models import Checkpoint, Entry

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SUBJECT = "person:7"

# Where the process is killed: which function, and at which of its calls.
MOMENTS = {
    "the first tile is flushed": (os, "fsync", 1),
    "a tile gets its name": (Path, "replace", 2),
    "all tiles are there": (integration, "_file", 1),
    "places are stored": (integration, "_register", 1),
    "the checkpoint is stored": (integration.Log, "save", 1),
    "all is committed": (integration, "_unpublished", 1),
    "the checkpoint gets its name": (integration.tiles.Durable, "settle", 2),
}


def sound(count):
    """Test that `count` entries have one place each, in order, and that everything proves it."""
    assert list(Entry.objects.order_by("index").values_list("index", flat=True)) == list(range(count))
    report = queries.verify()
    assert (report.problems, report.size) == ((), count)
    assert len(queries.subject_proof(name=SUBJECT)["entries"]) == count


def forked(work):
    """Run `work` in a process of its own that has its own connection; return the signal that ended it, if any."""
    child = os.fork()
    if child == 0:
        # Not closed: the parent's connection would feel it.
        connection.connection = None
        with suppress(BaseException):
            work()
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def killed_at(owner, name, call):
    """Integrate, and be killed at that call of a function."""
    real, left = getattr(owner, name), [call]

    def kill(*args, **wishes):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **wishes)

    setattr(owner, name, kill)
    actions.integrate(at=NOW)


@pytest.mark.usefixtures("database_of_many")
class TestKill:
    @pytest.mark.parametrize("moment", MOMENTS)
    def test_loses_no_entry_and_moves_none(self, site, recorded, moment):
        recorded(250, subjects=(SUBJECT,))
        actions.integrate(at=NOW)
        recorded(20, subjects=(SUBJECT,))
        connection.close()

        assert forked(lambda: killed_at(*MOMENTS[moment])) == signal.SIGKILL

        listed = queries.entries(subject=SUBJECT)
        assert listed.total == 270
        recorded(5, subjects=(SUBJECT,))
        actions.integrate(at=NOW)
        sound(275)


@pytest.mark.django_db(transaction=True)
class TestFullDisk:
    @pytest.mark.parametrize("write", [1, 2, 4])
    def test_stores_nothing_by_half_and_goes_on_when_there_is_room(self, site, recorded, monkeypatch, write):
        recorded(250, subjects=(SUBJECT,))
        actions.integrate(at=NOW)
        recorded(20, subjects=(SUBJECT,))
        real, left = os.fsync, [write]

        def full(handle):
            left[0] -= 1
            if left[0] == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(handle)

        with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
            patch.setattr(os, "fsync", full)
            actions.integrate(at=NOW)

        assert (Entry.objects.filter(index=None).count(), Checkpoint.objects.latest("size").size) == (20, 250)
        assert not [file for file in site.rglob(".*") if file.is_file()]
        assert queries.verify().problems == ()
        assert queries.entries(subject=SUBJECT).total == 270
        actions.integrate(at=NOW)
        sound(270)


@pytest.mark.usefixtures("database_of_many")
class TestTwoWorkers:
    def test_give_every_entry_one_place_while_others_are_recorded(self, site, recorded):
        recorded(40, subjects=(SUBJECT,))
        gate, faults = threading.Barrier(3), []

        def at_once(work):
            def run():
                with closing(connections["default"]):
                    gate.wait()
                    try:
                        for _round in range(6):
                            work()
                    except BaseException as fault:  # noqa: BLE001  (told below, in the test's own thread)
                        faults.append(fault)

            return threading.Thread(target=run)

        facts = {"action": "hall.submission.lodge", "actor_id": "citizen:1", "actor_name": "张三"}
        works = [lambda: actions.integrate(at=NOW)] * 2 + [lambda: actions.record(**facts, subjects=(SUBJECT,))]
        threads = [at_once(work) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        actions.integrate(at=NOW)

        assert faults == []
        sound(46)
        assert (site / "checkpoint").read_text() == queries.checkpoint().text

"""Waiting for SQLite's one writer: in the order they came, awake only at the front, never for ever."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from threading import Event

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from quancheng.kernel.sqlite import base
from quancheng.project import own

HOLD = """
import fcntl, sys
queue = open(sys.argv[1], "w")
fcntl.flock(queue, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


class Site:
    """A database file of the test's own, with a connection a thread."""

    def __init__(self, folder, patience):
        settings = own.database("")
        settings |= {"NAME": folder / "one.sqlite3", "OPTIONS": settings["OPTIONS"] | {"timeout": patience}}
        self.handler = ConnectionHandler({"default": settings})
        self.queue = folder / "one.sqlite3-queue"
        self.told = []
        with self.writing("setting up"):
            pass

    @contextmanager
    def writing(self, who):
        connection = self.handler["default"]
        try:
            connection.ensure_connection()
            connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
            self.told.append(who)
            yield
            connection.commit()
            connection.set_autocommit(True)
        finally:
            connection.close()

    def write(self, who):
        with self.writing(who):
            pass

    def somebody_waits(self):
        """Wait until somebody stands at the front of the queue."""
        with self.queue.open() as queue:
            while True:
                try:
                    flock(queue, LOCK_EX | LOCK_NB)
                except BlockingIOError:
                    return
                flock(queue, LOCK_UN)


@pytest.fixture
def site(tmp_path, django_db_blocker):
    with django_db_blocker.unblock():
        yield Site(tmp_path, 30)


@pytest.fixture
def hasty(tmp_path, monkeypatch, django_db_blocker):
    monkeypatch.setattr(base, "AT_THE_FRONT", 0.01)
    with django_db_blocker.unblock():
        yield Site(tmp_path, 0.01)


def test_who_waits_at_the_front_writes_before_who_comes_later(site):
    with ThreadPoolExecutor(2) as threads:
        with site.writing("first"):
            second = threads.submit(site.write, "second")
            site.somebody_waits()
            third = threads.submit(site.write, "third")
        second.result()
        third.result()

    assert site.told == ["setting up", "first", "second", "third"]


def test_who_waits_in_vain_is_told_that_the_database_is_locked(hasty):
    def wait():
        with pytest.raises(OperationalError, match="locked"):
            hasty.write("never")
        return True

    with ThreadPoolExecutor(1) as threads, hasty.writing("long"):
        assert threads.submit(wait).result()

    assert hasty.told == ["setting up", "long"]


def test_after_waiting_in_vain_the_next_try_succeeds(hasty):
    refused, done = Event(), Event()

    def twice():
        with pytest.raises(OperationalError, match="locked"):
            hasty.write("never")
        refused.set()
        assert done.wait(30)
        hasty.write("again")

    with ThreadPoolExecutor(1) as threads:
        with hasty.writing("long"):
            tried = threads.submit(twice)
            assert refused.wait(30)
        done.set()
        tried.result()

    assert hasty.told[-1] == "again"


def test_a_process_that_is_killed_at_the_front_holds_nobody_up(site):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, site.queue], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with ThreadPoolExecutor(1) as threads:
            next_one = threads.submit(site.write, "next")
            holder.kill()
            next_one.result()

    assert site.told[-1] == "next"


def test_a_folder_that_cannot_be_written_is_a_database_error(site):
    site.queue.unlink()
    site.queue.mkdir()

    with pytest.raises(OperationalError):
        site.write("never")

"""The backend that the setting ENGINE names: see `DatabaseWrapper`."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_UN, flock

from django.db import OperationalError
from django.db.backends.sqlite3 import base

SHORTEST, LONGEST = 0.0005, 0.005  # seconds between two tries of whoever is at the front
AT_THE_FRONT = 2.0  # seconds that everybody has at the front, however long the queue took


class DatabaseWrapper(base.DatabaseWrapper):
    """Waits for SQLite's one writer in a queue.

    SQLite's own waiting asks less and less often, down to ten times a second, so that under steady load whoever has
    waited long loses to whoever has just come, and after half a minute gives up although hundreds were served
    meanwhile. Asking often instead takes the processor from the very writer that all wait for. So whoever wants to
    write holds the lock of a file beside the database while they ask: one asks, all others sleep in the kernel, which
    wakes them in the order they came (flock(2); a killed process lets go by itself).

    :raises OperationalError: after `timeout` seconds ("database is locked").
    """

    _queue: int | None = None

    def _start_transaction_under_autocommit(self) -> None:
        patience = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        end = time.monotonic() + patience
        with self._at_the_front():
            begun = time.monotonic()
            end = max(end, begun + AT_THE_FRONT)
            self.connection.execute("PRAGMA busy_timeout = 0")
            try:
                while not self._begun(last=time.monotonic() > end):
                    time.sleep(min(LONGEST, SHORTEST + (time.monotonic() - begun) / 50))
            finally:
                self.connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")

    @contextmanager
    def _at_the_front(self) -> Iterator[None]:
        if self.is_in_memory_db():
            yield
            return
        if self._queue is None:
            try:
                self._queue = os.open(
                    f"{self.settings_dict['NAME']}-queue", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
                )
            except OSError as error:
                raise OperationalError(str(error)) from error
        flock(self._queue, LOCK_EX)
        try:
            yield
        finally:
            flock(self._queue, LOCK_UN)

    def _begun(self, *, last: bool) -> bool:
        try:
            if self.execute_wrappers or self.queries_logged:
                super()._start_transaction_under_autocommit()  # type: ignore[misc]
            else:
                with self.wrap_database_errors:
                    self.connection.execute(f"BEGIN {self.transaction_mode or ''}")  # type: ignore[attr-defined]
        except OperationalError as error:
            if last or "locked" not in str(error):
                raise
            return False
        return True

    def _close(self) -> None:
        if self._queue is not None:
            queue, self._queue = self._queue, None
            with suppress(OSError):
                os.close(queue)
        super()._close()  # type: ignore[misc]

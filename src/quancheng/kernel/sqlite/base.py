"""The backend that the setting ENGINE names: see `DatabaseWrapper`."""

import random
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

SHORTEST, LONGEST = 0.001, 0.005  # seconds between two tries


class DatabaseWrapper(base.DatabaseWrapper):
    """Waits for SQLite's one writer by asking every few milliseconds.

    SQLite's own waiting asks less and less often, down to ten times a second, so that under steady load whoever has
    waited long loses to whoever has just come, and after half a minute gives up although hundreds were served
    meanwhile. Asking evenly gives all the same chance each time the lock is free.
    """

    def _start_transaction_under_autocommit(self) -> None:
        patience = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        until = time.monotonic() + patience
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            while not self._begun(last=time.monotonic() > until):
                time.sleep(random.uniform(SHORTEST, LONGEST))  # noqa: S311 - no secret hangs on it
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")

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

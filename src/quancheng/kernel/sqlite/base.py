"""The backend that the setting ENGINE names: see `DatabaseWrapper`."""

import random
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

SHORTEST, LONGEST = 0.001, 0.005  # seconds between two tries at first


def pause(waited: float) -> float:
    """Return for how many seconds to sleep before the next try: the less, the longer somebody has waited already.

    After ten seconds they ask eleven times as often as who has just come, and have as many times the chance.
    """
    return random.uniform(SHORTEST, LONGEST) / (1 + waited)  # noqa: S311 - no secret hangs on it


class DatabaseWrapper(base.DatabaseWrapper):
    """Waits for SQLite's one writer by asking every few milliseconds.

    SQLite's own waiting asks less and less often, down to ten times a second, so that under steady load whoever has
    waited long loses to whoever has just come, and after half a minute gives up although hundreds were served
    meanwhile. Here it asks more and more often. And who had to wait last time lets the others ask first: whoever has
    just let go of the lock is running, the others are asleep, and it would take it again each time.
    """

    _had_to_wait = False

    def _start_transaction_under_autocommit(self) -> None:
        patience = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        since = time.monotonic()
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            if self._had_to_wait:
                time.sleep(pause(0))
            tries = 1
            while not self._begun(last=time.monotonic() - since > patience):
                time.sleep(pause(time.monotonic() - since))
                tries += 1
            self._had_to_wait = tries > 1
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

"""Work that goes on in the background: short, repeatable rounds, safe to kill at any moment.

Every round takes its work from tables, so nothing is lost with the process. `quancheng worker` runs them all.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections

log = logging.getLogger(__name__)

Round = Callable[[], int | None]


@dataclass(frozen=True, slots=True)
class Task:
    """A round and how often it runs. `run` returns how much it did; more than 0 asks for another round at once."""

    name: str
    run: Round
    seconds: float


_tasks: dict[str, Task] = {}


def periodically(*, seconds: float) -> Callable[[Round], Round]:
    """Have the worker call this function every `seconds`."""

    def register(run: Round) -> Round:
        name = f"{run.__module__}.{run.__qualname__}"
        _tasks[name] = Task(name, run, seconds)
        return run

    return register


def all_tasks() -> tuple[Task, ...]:
    """Return the registered tasks in the order of their names."""
    return tuple(task for _, task in sorted(_tasks.items()))


def run_all(*, rounds: int = 20) -> int:
    """Run every task until none has anything to do, at most `rounds` times; return how much was done. For tests."""
    done = 0
    for _ in range(rounds):
        step = sum(task.run() or 0 for task in all_tasks())
        done += step
        if not step:
            break
    return done


def work(*, until: Callable[[], bool]) -> None:
    """Run the tasks when they are due, until `until()` is true. A failing round is logged and tried again when due."""
    due = dict.fromkeys((task.name for task in all_tasks()), 0.0)
    while not until():
        for task in all_tasks():
            if due[task.name] > time.monotonic() or until():
                continue
            close_old_connections()
            try:
                busy = bool(task.run())
            except Exception:
                log.exception("task %s failed; it runs again in %s s", task.name, task.seconds)
                busy = False
            due[task.name] = time.monotonic() + (0 if busy else task.seconds)
        pause = min(due.values(), default=time.monotonic() + 1) - time.monotonic()
        time.sleep(min(max(pause, 0.0), 0.5))

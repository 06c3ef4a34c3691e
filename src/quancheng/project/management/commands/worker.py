"""`quancheng worker`: run the background rounds of every installed app until told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from quancheng.kernel import tasks


class Command(BaseCommand):
    """Run every periodic task in this process. Killing it at any moment loses nothing."""

    help = "Run the background rounds of every installed app until told to stop."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write(f"worker: {len(tasks.all_tasks())} tasks")
        tasks.work(until=stop.is_set)

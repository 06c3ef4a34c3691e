"""`quancheng demo`: a town of two sites on this machine, and one errand through it."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quancheng.project.errand.restaurant import ACCOUNTS, OpenRestaurant, Step
from quancheng.project.settings import ROOT
from quancheng.support.demo import public as demo


class Command(BaseCommand):
    """Build the town (once), start it, open a restaurant in it, print what was verified, keep serving."""

    help = "Run a town of two sites and a ferry, and open a restaurant in it with one application."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, default=Path(os.environ.get("QC_DEMO_DATA", ROOT / "var" / "demo")))
        parser.add_argument("--ports", nargs=2, type=int, default=(8000, 8001), metavar=("EXTRANET", "INTRANET"))
        parser.add_argument("--exit", action="store_true", default=os.environ.get("DEMO_EXIT") == "1")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        town = demo.Town(
            options["data"], ports=tuple(options["ports"]), settings={"QC_STATIC_ROOT": str(self.collect_static())}
        )
        try:
            self.say("Preparing the town: two sites, two databases")
            town.prepare(say=lambda line: self.say(f"  {line}"))
            self.say(f"Starting {len(town.names)} processes")
            town.start()
            self.say(f"  up after {time.monotonic() - begun:.0f} s")
            errand = OpenRestaurant(town)
            failed = self.follow(errand)
            self.table(errand.done)
            if failed:
                raise CommandError(f"the errand stopped: {failed}")
            self.accounts(town)
            if not options["exit"]:
                self.keep_serving(town)
        except demo.TownFailed as error:
            raise CommandError(str(error)) from error
        finally:
            town.stop()

    def say(self, line: str) -> None:
        """Print a line at once, whoever reads."""
        self.stdout.write(line)
        self.stdout.flush()

    def collect_static(self) -> Path:
        """Collect what the pages need, with hashed names, for both sites; only what changed is copied."""
        folder = ROOT / "build" / "static"
        subprocess.run(
            [sys.executable, "-m", "quancheng.project", "collectstatic", "--noinput", "-v0"],
            env={**os.environ, "QC_ZONE": "all", "QC_STATIC_ROOT": str(folder)},
            check=True,
        )
        return folder

    def follow(self, errand: OpenRestaurant) -> str:
        """Run the errand step by step with progress shown; return why it stopped, empty when it did not."""
        self.say("\nOpening a restaurant with one application")
        begun = time.monotonic()
        for number, step in enumerate(errand.steps, 1):
            try:
                done = errand.take(step)
            except Exception as error:  # noqa: BLE001  (whatever goes wrong is shown with the step it happened in)
                return f"{step.title}: {error}"
            self.say(f"  {number:2}/{len(errand.steps)}  {done.title} … {done.verified} ({done.seconds:.1f} s)")
        self.say(f"\nDone in {time.monotonic() - begun:.0f} s.")
        return ""

    def table(self, done: list[Step]) -> None:
        """Print what happened: step, who, zone, time, verified."""
        rows = [("步骤", "办理人", "网络", "用时", "已核验")]
        rows += [(step.title, step.who, step.zone, f"{step.seconds:.1f} s", step.verified) for step in done]
        widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
        self.say("")
        for number, row in enumerate(rows):
            self.say("  ".join(text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)))
            if number == 0:
                self.say("  ".join("─" * width for width in widths))

    def accounts(self, town: demo.Town) -> None:
        """Print where to look and who to be."""
        self.say(f"\n政务外网 extranet  {town.extranet.url}/\n政务专网 intranet  {town.intranet.url}/\n")
        for username, who, zone in ACCOUNTS:
            self.say(f"  {username:16}{zone:10}{who}")
        self.say(f"\n  密码 password: {os.environ.get('QC_DEMO_PASSWORD', 'quancheng-demo-2026')}")

    def keep_serving(self, town: demo.Town) -> None:
        """Serve until Ctrl-C; start a process again that ended by itself."""
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        self.say("\nServing. Ctrl-C ends it.")
        while not stop.wait(2):
            for name in town.names:
                town.start_one(name)


def _width(text: str) -> int:
    """Return the columns that `text` takes on a terminal; Chinese characters take two."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)

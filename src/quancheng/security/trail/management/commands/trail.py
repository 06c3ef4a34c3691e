"""`quancheng trail verify | show | export | rebuild | compact | forward`: the log, without trusting the server."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import actions, config, queries
from quancheng.security.trail.engine import exporting


class Command(BaseCommand):
    """The trail's command."""

    help = "Verify, show or export the trail, or rebuild its register."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        verify = parts.add_parser("verify", help="recompute everything and name what is wrong")
        verify.add_argument("--data", type=Path, help="an exported folder; by default this site's own log")
        parts.add_parser("show", help="print the latest signed checkpoint and the log's verifier key")
        export = parts.add_parser("export", help="copy tiles, bodies and checkpoints into a folder for a verifier")
        export.add_argument("--out", type=Path, required=True, help="an empty folder, or a file that ends in .zip")
        export.add_argument("--without-salts", action="store_true", help="leave out what opens the bodies")
        parts.add_parser("rebuild", help="build the register anew from the entries")
        forward = parts.add_parser("forward", help="send what waits to the collector now")
        forward.add_argument("--from", type=int, dest="place", help="send everything from this entry on once more")
        parts.add_parser("compact", help="give the room of erased bodies back; locks the trail meanwhile")

    def handle(self, *, part: str, **options: Any) -> None:
        getattr(self, f"do_{part}")(**options)

    def do_verify(self, *, data: Path | None, **_options: Any) -> None:
        try:
            report = queries.verify(exporting.read(data) if data else None)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{data} cannot be read: {error}") from error
        self.stdout.write(f"{report.origin}: {report.size} entries, root {report.root}")
        self.stdout.write(
            f"checked: {report.entries} bodies ({report.erased} erased), {report.names} names, "
            f"{report.checkpoints} checkpoints, {report.timestamps} timestamps, {report.seconds} second timestamps, "
            f"{report.cosignatures} cosignatures"
        )
        for problem in report.problems:
            self.stdout.write(self.style.ERROR(str(problem)))
        if not report.sound:
            raise CommandError(f"{len(report.problems)} problems")
        self.stdout.write(self.style.SUCCESS("The log is sound."))

    def do_show(self, **_options: Any) -> None:
        latest = queries.checkpoint()
        self.stdout.write(latest.text if latest else "There is no checkpoint yet.\n", ending="")
        self.stdout.write(f"\n{queries.verifier()}")

    def do_export(self, *, out: Path, without_salts: bool, **_options: Any) -> None:
        if out.exists() and (out.is_file() or any(out.iterdir())):
            raise CommandError(f"{out} is there already")
        folder = out.with_suffix(".folder") if out.suffix == ".zip" else out
        found = queries.export()
        shutil.copytree(config.folder(), folder, ignore=shutil.ignore_patterns("*.key", ".*"), dirs_exist_ok=True)
        exporting.write(found, folder, salts=not without_salts)
        exporting.seal(folder, queries.signer())
        if folder is not out:
            shutil.make_archive(str(out.with_suffix("")), "zip", folder)
            shutil.rmtree(folder)
        self.stdout.write(f"{out}: check it with `python verify_trail.py {out}`")

    def do_forward(self, *, place: int | None, **_options: Any) -> None:
        if queries.collector() is None:
            raise CommandError("no collector is set up: QC_TRAIL_FORWARD_TO")
        if place is not None:
            try:
                actions.rewind(to=place, at=timezone.now())
            except Refusal as refusal:
                raise CommandError(str(refusal)) from refusal
        count = 0
        while sent := actions.forward(at=timezone.now()):
            count += sent
        state = queries.forwarding(at=timezone.now())
        if state.error:
            raise CommandError(f"{count} entries were sent, then: {state.error}")
        self.stdout.write(f"{count} entries were sent, {state.behind} wait.")

    def do_compact(self, **_options: Any) -> None:
        actions.compact()

    def do_rebuild(self, **_options: Any) -> None:
        try:
            self.stdout.write(f"The register has {actions.rebuild_register()} names.")
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal

"""The ferry: the only path between two sites. It moves finished files and understands nothing of what is inside.

Plain Python without a database, so that it runs on a machine of its own, or once, for a USB stick:
`python -m quancheng.zones.gateway.engine.ferry --a A --b B [--once]`, where A holds `out` and `in`, or both are named.

Kill-safe: a file is copied under a temporary name, flushed, renamed, and only then removed at its origin. Stopped
anywhere, the next run repeats at most one copy, which the receiving gateway recognises by its digest.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..rules import SUFFIX
from .bundle import sync_directory


@dataclass(frozen=True, slots=True)
class Site:
    """The two folders of a site that the ferry may touch."""

    out: Path
    incoming: Path


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def place(source: Path, target: Path) -> None:
    """Copy `source` so that `target` appears whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".{target.name}.part"
    with source.open("rb") as reading, temporary.open("wb") as writing:
        shutil.copyfileobj(reading, writing, 1024 * 1024)
        writing.flush()
        os.fsync(writing.fileno())
    temporary.replace(target)
    sync_directory(target.parent)


def carry(source: Path, target: Path) -> list[str]:
    """Move every finished bundle from one folder to another, oldest name first; return the names that moved.

    A different file of the same name at the target is left alone and the bundle waits: the receiver has not yet dealt
    with the other one.
    """
    moved = []
    for file in sorted(source.glob(f"*{SUFFIX}")) if source.is_dir() else []:
        if file.name.startswith(".") or file.is_symlink() or not file.is_file():
            continue
        try:
            goal = target / file.name
            if goal.exists() and _digest(goal) != _digest(file):
                continue
            if not goal.exists():
                place(file, goal)
            file.unlink()
        except FileNotFoundError:
            # Another ferry or the receiver was quicker; the digest tells the receiver if it now has it twice.
            continue
        sync_directory(source)
        moved.append(file.name)
    return moved


def cross(a: Site, b: Site) -> list[str]:
    """Make one crossing in both directions; return the names of the bundles that were carried."""
    return carry(a.out, b.incoming) + carry(b.out, a.incoming)


def run(a: Site, b: Site, *, every: float, stop: threading.Event, report: Callable[[str], object]) -> None:
    """Cross until `stop` is set, pausing `every` seconds between crossings; `report` hears each name and fault."""
    while not stop.is_set():
        try:
            for name in cross(a, b):
                report(name)
        except OSError as error:
            # A stick pulled out or a full disk must not end the service: the files are still where they were.
            report(f"{type(error).__name__}: {error}")
        stop.wait(every)


def site(folders: Sequence[Path]) -> Site:
    """Return the site of one folder that holds `out` and `in`, or of these two. :raises ValueError: for more."""
    if len(folders) == 1:
        return Site(folders[0] / "out", folders[0] / "in")
    out, incoming = folders
    return Site(out, incoming)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for name in ("a", "b"):
        parser.add_argument(
            f"--{name}", nargs="+", required=True, type=Path, help="folder with out and in, or these two: OUT IN"
        )
    parser.add_argument("--every", type=float, default=0.2, metavar="SECONDS")
    parser.add_argument("--once", action="store_true", help="one crossing, then end: for a removable medium")


def main(arguments: Sequence[str] | None = None, *, report: Callable[[str], object] = print) -> None:
    parser = argparse.ArgumentParser(prog="quancheng ferry", description="Carry bundles between two sites.")
    add_arguments(parser)
    start(parser.parse_args(arguments), report)


def start(options: argparse.Namespace, report: Callable[[str], object]) -> None:
    """Run with parsed options until done or told to stop by SIGINT or SIGTERM."""
    a, b = site(options.a), site(options.b)
    if options.once:
        for name in cross(a, b):
            report(name)
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_ignored: stop.set())
    run(a, b, every=options.every, stop=stop, report=report)


if __name__ == "__main__":
    main()

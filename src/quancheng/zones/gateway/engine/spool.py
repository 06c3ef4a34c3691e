"""The folders of one site: `out` and `in` are shared with the ferry, the other three are its own."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..config import config, spool_root
from .bundle import sync_directory
from .ferry import place


@dataclass(frozen=True, slots=True)
class Spool:
    out: Path
    incoming: Path
    sent: Path
    received: Path
    quarantine: Path

    def prepare(self) -> Spool:
        for folder in (self.out, self.incoming, self.sent, self.received, self.quarantine):
            folder.mkdir(parents=True, exist_ok=True)
        return self

    def arrivals(self) -> Iterator[Path]:
        """Yield the files that wait in `in`, by name; unfinished copies (leading dot) are not there yet."""
        for file in sorted(self.incoming.iterdir()) if self.incoming.is_dir() else ():
            if not file.name.startswith(".") and _is_plain(file):
                yield file

    def emit(self, name: str) -> bool:
        """Put a kept bundle into `out`; False if it still lies there. :raises FileNotFoundError: if it is not kept."""
        if (self.out / name).exists():
            return False
        place(self.sent / name, self.out / name)
        return True


def at(root: Path, *, out: str = "", incoming: str = "") -> Spool:
    """Return the spool below `root`, with `out` and `in` elsewhere if they are given."""
    return Spool(
        out=Path(out) if out else root / "out",
        incoming=Path(incoming) if incoming else root / "in",
        sent=root / "sent",
        received=root / "received",
        quarantine=root / "quarantine",
    ).prepare()


def here() -> Spool:
    """Return this site's spool as configured."""
    return at(spool_root(), out=config.out, incoming=config.incoming)


def _is_plain(file: Path) -> bool:
    # Whoever can write into the folder must not make the site follow a link or wait at a pipe.
    with suppress(FileNotFoundError):
        return stat.S_ISREG(file.lstat().st_mode)
    return False


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def move(source: Path, target: Path) -> None:
    """Move a file, across file systems too, so that it is at least in one of the two places at any moment."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(target)
    except OSError:
        place(source, target)
        source.unlink()
    sync_directory(target.parent)
    sync_directory(source.parent)

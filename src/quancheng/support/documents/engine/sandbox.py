"""Has a file read in a process of its own, and says what came of it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from quancheng.support.documents.engine.containers import Bomb, Unreadable

PATIENCE: Final = 120.0  # seconds by the wall; the process limits its own computing time to less


@dataclass(frozen=True, slots=True)
class Found:
    """What was read: the text, how many pages the file has, the first of them as PNG files, and its true media type."""

    text: str
    pages: int
    pictures: tuple[Path, ...]
    media: str


def read(path: Path, *, media: str, folder: Path, text_pages: int, pictures: int = 0, width: int = 1100) -> Found:
    """Read the file at `path`; pictures of the first pages, `width` pixels wide, go into `folder`.

    :raises Unreadable: when it cannot be read, for whatever reason: damaged, protected, or too much for the limits.
    :raises Bomb: when it unfolds without end.
    """
    job = {
        "path": str(path),
        "media": media,
        "folder": str(folder),
        "text_pages": text_pages,
        "pictures": pictures,
        "width": width,
    }
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment |= {"LANG": "C.UTF-8", "HOME": str(folder)}
    command = [sys.executable, "-P", "-m", "quancheng.support.documents.engine.reading"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(job),
            capture_output=True,
            text=True,
            env=environment,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("took too long") from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        # Killed by a limit, or by the file itself.
        raise Unreadable(f"the reader ended with {done.returncode}") from error
    if "problem" in answer:
        raise (Bomb if answer["bomb"] else Unreadable)(answer["problem"])
    text = (folder / "text.txt").read_text(encoding="utf-8", errors="replace").replace("\0", "").strip()
    shown = tuple(folder / f"{number}.png" for number in range(1, answer["pictures"] + 1))
    return Found(text, answer["pages"], shown, answer["media"])

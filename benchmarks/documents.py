"""Uploads and downloads of documents against a bare copy of the same file with SHA-256 and fsync.

- up: `uploads.begin`, `append` in pieces of 8 MiB as the browser sends them, up to the finished document: offsets,
  checks, digest of the whole, store and rows included;
- down: the reading of a version and its bytes as the page sends them;
- peer up: read, hash, write and fsync in one pass; peer down: read in the same pieces. Nothing can do less.

Both sides take turns in the same run. Run: make bench NAME=documents
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import hashlib
import io
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]
SITE = tempfile.TemporaryDirectory(prefix="quancheng-bench-")
os.environ |= {"QC_DATA": SITE.name, "QC_ZONE": "all"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

import django

django.setup()

from django.core.management import call_command
from django.test import RequestFactory
from django.utils import timezone

from quancheng.support.documents.actions import uploads
from quancheng.support.documents.queries import documents
from quancheng.support.documents.tests import factories
from quancheng.support.documents.web.sending import send

SIZE, PIECE, READ, ROUNDS = 256 * 1024 * 1024, 8 * 1024 * 1024, 256 * 1024, 5
GOALS = {"up": 0.4, "down": 0.5}


def content(number: int) -> Path:
    """Write a text file of SIZE bytes that no other round has."""
    path = Path(SITE.name) / f"source-{number}"
    line = (f"{number} " + "泉城济南公文" * 12 + "\n").encode()
    with path.open("wb") as out:
        for _piece in range(SIZE // len(line)):
            out.write(line)
        out.write(b"\n" * (SIZE % len(line)))
    return path


def up(source: Path) -> str:
    """Upload a file in pieces and return the document's id."""
    actor, at = factories.person(), timezone.now()
    one = uploads.begin(actor=actor, name="long.txt", size=SIZE, organisation=factories.PLACE, at=at)
    with source.open("rb") as stream:
        for offset in range(0, SIZE, PIECE):
            piece = io.BytesIO(stream.read(PIECE))
            one = uploads.append(actor=actor, upload_id=one.id, offset=offset, source=piece, at=at)
    return one.document


def down(document_id: str) -> int:
    """Read a document as its download page does, and return how many bytes came."""
    found = documents.download(actor=factories.person(), document_id=document_id, number=1)
    answer = send(RequestFactory().get("/"), found)
    return sum(len(piece) for piece in answer.streaming_content)


def bare_up(source: Path) -> Path:
    """Copy with SHA-256 and fsync."""
    target, digest = source.with_suffix(".copy"), hashlib.sha256()
    with source.open("rb") as stream, target.open("wb") as out:
        while piece := stream.read(READ):
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    return target


def bare_down(path: Path) -> int:
    """Read in pieces."""
    with path.open("rb") as stream:
        return sum(len(piece) for piece in iter(lambda: stream.read(READ), b""))


def timed(function, argument) -> tuple[object, float]:
    """Return what the function returns and its MB/s."""
    begun = time.perf_counter()
    made = function(argument)
    return made, SIZE / 2**20 / (time.perf_counter() - begun)


def main() -> None:
    """Measure, and print a line of JSON."""
    call_command("migrate", verbosity=0)
    factories.offices()
    rates: dict[str, list[float]] = {name: [] for name in ("up", "down", "bare_up", "bare_down")}
    for turn in range(ROUNDS):
        source = content(turn)
        sides = [("", up, down), ("bare_", bare_up, bare_down)]
        for prefix, send_in, read_out in sides if turn % 2 else sides[::-1]:
            made, rate = timed(send_in, source)
            rates[f"{prefix}up"].append(rate)
            _count, rate = timed(read_out, made)
            rates[f"{prefix}down"].append(rate)
        source.unlink()
        source.with_suffix(".copy").unlink()
        print(f"round {turn + 1}:", {name: round(values[-1]) for name, values in rates.items()})
    found = {name: median(values) for name, values in rates.items()}
    ratios = {name: found[name] / found[f"bare_{name}"] for name in GOALS}
    print(
        json.dumps(
            {
                "benchmark": "documents",
                "unit": "MB/s",
                **{name: round(value) for name, value in found.items()},
                "of_bare": {name: round(value, 2) for name, value in ratios.items()},
                "goals": GOALS,
                "met": {name: ratios[name] >= goal for name, goal in GOALS.items()},
                "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()

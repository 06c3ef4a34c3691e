"""Where the bytes lie: a folder per site, content-addressed."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol


class Store(Protocol):
    """Keeps bytes under their digest (64 hexadecimal characters)."""

    def put(self, digest: str, source: Path) -> None: ...
    def open(self, digest: str) -> BinaryIO: ...
    def exists(self, digest: str) -> bool: ...
    def digests(self) -> Iterator[str]: ...


class Folder:
    """A folder on this machine: `ab/abcdef…`, written aside, made durable, then renamed into place."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def draft(self) -> "tempfile._TemporaryFileWrapper[bytes]":
        """Return a writable file on the same disk, so that keeping it is a rename."""
        drafts = self.root / "drafts"
        drafts.mkdir(parents=True, exist_ok=True)
        return tempfile.NamedTemporaryFile(dir=drafts, delete=False)

    def put(self, digest: str, source: Path) -> None:
        place = self._place(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        source.replace(place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def open(self, digest: str) -> BinaryIO:
        return self._place(digest).open("rb")

    def exists(self, digest: str) -> bool:
        return self._place(digest).is_file()

    def digests(self) -> Iterator[str]:
        yield from (file.name for file in sorted(self.root.glob("??/*")))

    def _place(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise FileNotFoundError(digest)
        return self.root / digest[:2] / digest

"""Where the bytes lie: a folder of the site, or a bucket of an S3-compatible store; content-addressed either way."""

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

CHUNK: Final = 1024 * 1024
PART: Final = 5 * 1024 * 1024  # the least that S3 takes; memory grows with it
AT_ONCE: Final = 2
_HEXADECIMAL: Final = set("0123456789abcdef")


class Store(Protocol):
    """Keeps bytes under their digest (64 hexadecimal characters). Memory stays constant whatever the size."""

    def put(self, digest: str, source: Path) -> None:
        """Keep the file at `source` and take it away from there; keeping the same again changes nothing."""

    def open(self, digest: str) -> BinaryIO:
        """Return a stream that can seek. :raises FileNotFoundError: when nothing is kept under `digest`."""

    def exists(self, digest: str) -> bool: ...

    def digests(self) -> Iterator[str]: ...

    def remove(self, digest: str) -> None:
        """Forget the bytes; nothing happens when there are none."""

    def set_aside(self, digest: str) -> None:
        """Move the bytes into quarantine, where `open` does not find them."""


def draft(drafts: Path) -> "tempfile._TemporaryFileWrapper[bytes]":
    """Return a writable file in the folder `drafts`, which lies on the site's own disk."""
    drafts.mkdir(parents=True, exist_ok=True)
    return tempfile.NamedTemporaryFile(dir=drafts, delete=False)


def is_digest(text: str) -> bool:
    """Test whether `text` is a digest, so that none leads out of the store."""
    return len(text) == 64 and set(text) <= _HEXADECIMAL


class Folder:
    """A folder on this machine: `ab/abcdef…`, written aside, made durable, then renamed into place."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, digest: str, source: Path) -> None:
        place = self.place(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        source.replace(place)
        _settle(place.parent)

    def open(self, digest: str) -> BinaryIO:
        return self.place(digest).open("rb")

    def exists(self, digest: str) -> bool:
        return self.place(digest).is_file()

    def digests(self) -> Iterator[str]:
        yield from (file.name for file in sorted(self.root.glob("??/*")))

    def remove(self, digest: str) -> None:
        self.place(digest).unlink(missing_ok=True)

    def set_aside(self, digest: str) -> None:
        aside = self.root / "quarantine"
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.exists(digest):
            self.place(digest).replace(aside / digest)
            _settle(aside)

    def place(self, digest: str) -> Path:
        """Return where the bytes of `digest` lie. :raises FileNotFoundError: when it is no digest."""
        if not is_digest(digest):
            raise FileNotFoundError(digest)
        return self.root / digest[:2] / digest


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Bucket:
    """A bucket of an S3-compatible store: `<prefix>/ab/abcdef…`, sent in parts, read in pieces when asked for."""

    def __init__(
        self, *, bucket: str, endpoint: str = "", region: str = "", key: str = "", secret: str = "", prefix: str = ""
    ) -> None:
        # Only a site that keeps its files so loads the client.
        from obstore.store import S3Store

        given: dict[str, Any] = {"region": region} if region else {}
        if endpoint:
            given |= {"endpoint": endpoint, "client_options": {"allow_http": endpoint.startswith("http://")}}
        if key:
            given |= {"access_key_id": key, "secret_access_key": secret}
        self.client = S3Store(bucket, prefix=prefix or None, **given)

    def put(self, digest: str, source: Path) -> None:
        import obstore

        place = self._place(digest)
        if not self.exists(digest):
            # An object appears whole or not at all: parts of a transfer that broke are no object.
            obstore.put(self.client, place, source, use_multipart=True, chunk_size=PART, max_concurrency=AT_ONCE)
        source.unlink()

    def open(self, digest: str) -> BinaryIO:
        import obstore

        return io.BufferedReader(_Remote(obstore.open_reader(self.client, self._place(digest), buffer_size=CHUNK)))

    def exists(self, digest: str) -> bool:
        import obstore

        try:
            obstore.head(self.client, self._place(digest))
        except FileNotFoundError:
            return False
        return True

    def digests(self) -> Iterator[str]:
        import obstore

        found = (row["path"].rpartition("/") for rows in obstore.list(self.client) for row in rows)
        yield from sorted(name for folder, _slash, name in found if is_digest(name) and folder == name[:2])

    def remove(self, digest: str) -> None:
        import obstore

        if self.exists(digest):
            obstore.delete(self.client, self._place(digest))

    def set_aside(self, digest: str) -> None:
        import obstore

        if self.exists(digest):
            obstore.copy(self.client, self._place(digest), f"quarantine/{digest}")
            obstore.delete(self.client, self._place(digest))

    def _place(self, digest: str) -> str:
        if not is_digest(digest):
            raise FileNotFoundError(digest)
        return f"{digest[:2]}/{digest}"


class _Remote(io.RawIOBase):
    """An object of a bucket as a raw stream of Python."""

    def __init__(self, source: Any) -> None:
        self.source = source

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        room = memoryview(buffer).cast("B")
        piece = memoryview(self.source.read(len(room)))
        room[: len(piece)] = piece
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return int(self.source.seek(offset, whence))

    def tell(self) -> int:
        return int(self.source.tell())


@contextmanager
def local_copy(store: Store, digest: str, drafts: Path) -> Iterator[Path]:
    """Give the path of a file with the bytes of `digest`: the store's own, or a copy that is gone afterwards."""
    if isinstance(store, Folder):
        if not store.exists(digest):
            raise FileNotFoundError(digest)
        yield store.place(digest)
        return
    with draft(drafts) as copy, store.open(digest) as stream:
        shutil.copyfileobj(stream, copy, CHUNK)
    try:
        yield Path(copy.name)
    finally:
        Path(copy.name).unlink(missing_ok=True)

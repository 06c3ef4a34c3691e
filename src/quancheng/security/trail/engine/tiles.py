"""The log on disk as C2SP tlog-tiles: `tile/<level>/<n>[.p/<width>]` and `tile/entries/<n>[.p/<width>]`.

A tile holds up to 256 hashes of 32 bytes, an entry bundle up to 256 leaves, each behind its length as a big-endian
uint16. Every file is written whole, flushed to disk and then renamed into place, so a reader never sees half a file.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from quancheng.security.trail.engine import merkle

WIDTH = 256
HEIGHT = 8
ENTRIES = "entries"


class BadTile(ValueError):
    """A tile or entry bundle that is missing or not in the format; the message begins with its path."""


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Return the path of a tile below the log's folder, e.g. `tile/0/x001/234.p/17`."""
    text = f"{number % 1000:03d}"
    while number := number // 1000:
        text = f"x{number % 1000:03d}/{text}"
    return f"tile/{level}/{text}" + ("" if width == WIDTH else f".p/{width}")


def widths(size: int, level: int = 0) -> list[int]:
    """Return the widths of all tiles of `level` in a tree of `size` leaves, in order."""
    full, rest = divmod(size >> (HEIGHT * level), WIDTH)
    return [WIDTH] * full + ([rest] if rest else [])


def pack(leaves: Sequence[bytes]) -> bytes:
    """Return leaves as an entry bundle.

    :raises ValueError: for a leaf longer than 65535 bytes.
    """
    if any(len(leaf) > 0xFFFF for leaf in leaves):
        raise ValueError("a leaf is longer than 65535 bytes")
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def unpack(bundle: bytes, *, name: str = "") -> list[bytes]:
    """Return the leaves of an entry bundle.

    :raises BadTile: when the lengths do not add up.
    """
    leaves, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle) or at + 2 > len(bundle):
            raise BadTile(f"{name}: the bundle ends in the middle of a leaf")
        leaves.append(bundle[at + 2 : end])
        at = end
    return leaves


class Durable:
    """Writes files so that each is either absent, old or whole, and stays after a power cut once `settle` returns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._touched: set[Path] = set()

    def write(self, name: str, content: bytes) -> None:
        """Replace the file `name`."""
        target = self.folder / name
        self._make(target.parent)
        scratch = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with scratch.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(target)
        except OSError:
            # A full disk gets its room back, and the next process has another number.
            scratch.unlink(missing_ok=True)
            raise
        self._touched.add(target.parent)

    def settle(self) -> None:
        """Flush the folders whose names changed."""
        for folder in sorted(self._touched):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        self._touched.clear()

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(exist_ok=True)
            self._touched.add(folder.parent)


class Tiles:
    """The tiles of one log below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, level: int | str, number: int, width: int) -> bytes:
        """Return the file of a tile that is `width` wide; a full tile stands in for its partial forms.

        :raises BadTile: when there is none.
        """
        for name in dict.fromkeys((tile_path(level, number, width), tile_path(level, number))):
            try:
                return (self.folder / name).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue
        raise BadTile(f"{tile_path(level, number, width)}: the file is missing")

    def hashes(self, level: int, number: int, width: int) -> list[bytes]:
        """Return the first `width` hashes of a tile.

        :raises BadTile: when it is missing or too short.
        """
        content = self.read(level, number, width)
        if len(content) < width * merkle.HASH_BYTES or len(content) % merkle.HASH_BYTES:
            raise BadTile(f"{tile_path(level, number, width)}: the file has {len(content)} bytes")
        return [content[at * 32 : at * 32 + 32] for at in range(width)]

    def leaves(self, number: int, width: int) -> list[bytes]:
        """Return the first `width` leaves of an entry bundle.

        :raises BadTile: when it is missing or malformed.
        """
        name = tile_path(ENTRIES, number, width)
        leaves = unpack(self.read(ENTRIES, number, width), name=name)
        if len(leaves) < width:
            raise BadTile(f"{name}: the bundle has {len(leaves)} leaves")
        return leaves[:width]

    def node(self, size: int) -> merkle.Node:
        """Return the reader of the tree of `size` leaves, for proofs and roots."""
        cache: dict[tuple[int, int], list[bytes]] = {}

        def read(level: int, index: int) -> bytes:
            row, up = divmod(level, HEIGHT)
            first = index << up
            number = first // WIDTH
            if (row, number) not in cache:
                width = min(WIDTH, (size >> (HEIGHT * row)) - number * WIDTH)
                cache[row, number] = self.hashes(row, number, width)
            at = first % WIDTH
            return merkle.complete_root(cache[row, number][at : at + (1 << up)])

        return read

    def root(self, size: int) -> bytes:
        """Return the root of the tree of `size` leaves as the tiles have it."""
        return merkle.root(self.node(size), size)

    def extend(self, size: int, leaves: Sequence[bytes]) -> bytes:
        """Write the tiles for `leaves` behind the first `size` ones, durably; return the new root.

        Nothing that a tree of `size` leaves reads is changed, so this may be repeated, with other leaves too, after a
        crash or a rollback.
        """
        disk = Durable(self.folder)
        self._extend_bundles(disk, size, leaves)
        row, fresh = 0, [merkle.leaf_hash(leaf) for leaf in leaves]
        while fresh:
            fresh = self._extend_row(disk, row, size >> (HEIGHT * row), fresh)
            row += 1
        disk.settle()
        return self.root(size + len(leaves))

    def _extend_bundles(self, disk: Durable, size: int, leaves: Sequence[bytes]) -> None:
        number, kept = divmod(size, WIDTH)
        waiting = [*(self.leaves(number, kept) if kept else ()), *leaves]
        for at in range(0, len(waiting), WIDTH):
            part = waiting[at : at + WIDTH]
            disk.write(tile_path(ENTRIES, number + at // WIDTH, len(part)), pack(part))

    def _extend_row(self, disk: Durable, row: int, count: int, fresh: list[bytes]) -> list[bytes]:
        number, kept = divmod(count, WIDTH)
        waiting = [*(self.hashes(row, number, kept) if kept else ()), *fresh]
        above = []
        for at in range(0, len(waiting), WIDTH):
            part = waiting[at : at + WIDTH]
            disk.write(tile_path(row, number + at // WIDTH, len(part)), b"".join(part))
            if len(part) == WIDTH:
                above.append(merkle.complete_root(part))
        return above

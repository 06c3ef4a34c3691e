"""A strict, canonical profile of ZIP (APPNOTE 6.3): stored parts only, one legal encoding for each content.

Any archiver opens such a file, yet no byte of the framing is free: a reader knows every header in advance and compares
it, so there is no place to hide or change anything outside the signed parts. No ZIP64: a bundle stays below 4 GiB.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from . import faults

CHUNK = 256 * 1024
LARGEST = 0xFFFF_FFFF - 1
DIRECTORY = "directory"
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
# Version 2.0, no flags, method "stored", midnight of 1980-01-01: fixed values, because the format has no other use.
_FIXED = (20, 0, 0, 0, 0x0021)
_REGULAR_FILE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Part:
    """One stored part: where its bytes start, how many they are, and what they amount to."""

    name: str
    offset: int
    size: int
    crc: int
    sha256: str


def _local(name: str, crc: int, size: int) -> bytes:
    label = name.encode("ascii")
    return _LOCAL.pack(b"PK\x03\x04", *_FIXED, crc, size, size, len(label), 0) + label


def _directory(parts: list[Part]) -> bytes:
    rows = []
    for part in parts:
        label = part.name.encode("ascii")
        start = part.offset - _LOCAL.size - len(label)
        sizes = (part.crc, part.size, part.size, len(label))
        rows.append(
            _CENTRAL.pack(b"PK\x01\x02", 0x0314, *_FIXED, *sizes, 0, 0, 0, 0, _REGULAR_FILE, start) + label,
        )
    body = b"".join(rows)
    last = parts[-1]
    count = len(parts)
    return body + _END.pack(b"PK\x05\x06", 0, 0, count, count, len(body), last.offset + last.size, 0)


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece


class Writer:
    """Write parts one after another into a seekable stream, in constant memory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._parts: list[Part] = []

    def add(self, name: str, source: BinaryIO | bytes, *, size: int) -> Part:
        """Append one part. :raises OversizedBundle: beyond 4 GiB. :raises ValueError: if `source` has another size."""
        start = self._stream.tell()
        if start + size > LARGEST or len(self._parts) >= 0xFFFF - 1:
            raise faults.OversizedBundle(name)
        self._stream.write(_local(name, 0, size))
        offset, crc, digest, written = self._stream.tell(), 0, hashlib.sha256(), 0
        for piece in chunks(io.BytesIO(source) if isinstance(source, bytes) else source):
            crc = zlib.crc32(piece, crc)
            digest.update(piece)
            written += len(piece)
            self._stream.write(piece)
        if written != size:
            raise ValueError(f"{name}: {written} bytes instead of {size}")
        end = self._stream.tell()
        self._stream.seek(start)
        self._stream.write(_local(name, crc, size))
        self._stream.seek(end)
        part = Part(name, offset, size, crc, digest.hexdigest())
        self._parts.append(part)
        return part

    def close(self) -> None:
        self._stream.write(_directory(self._parts))


class Reader:
    """Read parts in the order in which they were written, comparing every byte of the framing."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._parts: list[Part] = []
        self.digest = hashlib.sha256()

    def _take(self, count: int, place: str) -> bytes:
        data = self._stream.read(count)
        self.digest.update(data)
        if len(data) < count:
            raise faults.TruncatedBundle(place)
        return data

    def read(self, name: str, *, limit: int, size: int | None = None, sink: Callable[[bytes], object]) -> Part:
        """Pass the bytes of the part `name` to `sink`; `size` is compared if given, and never exceeds `limit`."""
        head = self._take(_LOCAL.size, name)
        fields = _LOCAL.unpack(head)
        crc, stated = fields[6], fields[7]
        label = self._take(fields[9], name) if fields[9] <= 255 else b""
        if head + label != _local(name, crc, stated):
            raise faults.TamperedBundle(f"{name}: header")
        if size is not None and stated != size:
            raise faults.TamperedBundle(f"{name}: size")
        if stated > limit:
            raise faults.OversizedBundle(name)
        offset, left, actual, digest = self._stream.tell(), stated, 0, hashlib.sha256()
        while left:
            piece = self._take(min(CHUNK, left), name)
            left -= len(piece)
            actual = zlib.crc32(piece, actual)
            digest.update(piece)
            sink(piece)
        if actual != crc:
            raise faults.TamperedBundle(f"{name}: checksum")
        part = Part(name, offset, stated, crc, digest.hexdigest())
        self._parts.append(part)
        return part

    def upcoming(self) -> str:
        """Return the name of the next part without consuming it; DIRECTORY behind the last, "" if neither is there."""
        here = self._stream.tell()
        head = self._stream.read(_LOCAL.size)
        label = DIRECTORY.encode() if head.startswith(b"PK\x01\x02") else b""
        if len(head) == _LOCAL.size and head.startswith(b"PK\x03\x04"):
            label = self._stream.read(min(_LOCAL.unpack(head)[9], 255))
        self._stream.seek(here)
        return label.decode("ascii", "replace")

    def finish(self) -> str:
        """Compare the directory and the end of the file; return the SHA-256 of the whole file in hex."""
        expected = _directory(self._parts)
        actual = self._take(len(expected), DIRECTORY)
        if actual != expected or self._stream.read(1):
            raise faults.TamperedBundle(DIRECTORY)
        return self.digest.hexdigest()


class Window(io.RawIOBase):
    """A read-only view of one part of an open file, so that a file inside a bundle is read without copying it out."""

    def __init__(self, stream: BinaryIO, part: Part) -> None:
        super().__init__()
        self._stream, self._part, self._at = stream, part, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._part.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        count = max(0, min(len(buffer), self._part.size - self._at))
        self._stream.seek(self._part.offset + self._at)
        data = self._stream.read(count)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

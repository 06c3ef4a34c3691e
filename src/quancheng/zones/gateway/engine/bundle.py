"""One bundle is one file: write it at once or not at all; read it only if every byte is what the sender signed.

Parts, in this order: `manifest.json`, `signature.jws` (detached JWS over the manifest's bytes, RFC 7515 appendix F),
`messages/000001.json` …, `files/<sha256>` ….
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol

from ..rules import address
from . import faults
from .container import DIRECTORY, Part, Reader, Window, Writer
from .manifest import FileEntry, Limits, Manifest, MessageEntry, check, decode, encode

MANIFEST, SIGNATURE = "manifest.json", "signature.jws"


class Sign(Protocol):
    """Return a detached signature of the own zone over `payload`."""

    def __call__(self, payload: bytes) -> str: ...


class Verify(Protocol):
    """Return if `signature` over `payload` was made by the zone `sender`. :raises ForgedBundle: if not."""

    def __call__(self, payload: bytes, signature: str, sender: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to send: its exact bytes and the detached signature of the organisation that wrote it."""

    id: str
    body: bytes
    signature: str


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file to send along: `open` is called once, when its turn to be copied comes."""

    sha256: str
    size: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Written:
    path: Path
    digest: str
    size: int
    manifest: Manifest


def message_part(index: int) -> str:
    return f"messages/{index + 1:06d}.json"


def file_part(sha256: str) -> str:
    return f"files/{sha256}"


def write(
    directory: Path,
    *,
    sender: str,
    receiver: str,
    sequence: int,
    previous: str,
    created_at: datetime,
    sign: Sign,
    letters: Sequence[Letter] = (),
    enclosures: Sequence[Enclosure] = (),
    acknowledges: int = 0,
    requests: Sequence[int] = (),
    limits: Limits | None = None,
) -> Written:
    """Write a complete bundle under a temporary name (leading dot, ending `.part`) and flush it to the disk.

    The caller renames it with `publish` when its own books are in order. :raises OversizedBundle: naming the limit;
    :raises TamperedBundle: if an enclosure no longer has the digest under which it was announced.
    """
    limits = limits or Limits()
    manifest = Manifest(
        sender=sender,
        receiver=receiver,
        sequence=sequence,
        previous=previous,
        created_at=created_at,
        acknowledges=acknowledges,
        requests=tuple(requests),
        messages=tuple(
            MessageEntry(letter.id, hashlib.sha256(letter.body).hexdigest(), len(letter.body), letter.signature)
            for letter in letters
        ),
        files=tuple(FileEntry(item.sha256, item.size) for item in enclosures),
    )
    check(manifest, limits)
    page = encode(manifest)
    signature = sign(page).encode("ascii")
    directory.mkdir(parents=True, exist_ok=True)
    temporary = directory / f".{manifest.address.file_name()}.{secrets.token_hex(4)}.part"
    try:
        with temporary.open("xb") as stream:
            writer = Writer(stream)
            writer.add(MANIFEST, page, size=len(page))
            writer.add(SIGNATURE, signature, size=len(signature))
            for index, letter in enumerate(letters):
                writer.add(message_part(index), letter.body, size=len(letter.body))
            for item in enclosures:
                _enclose(writer, item)
            writer.close()
            stream.flush()
            os.fsync(stream.fileno())
        with temporary.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Written(temporary, digest, temporary.stat().st_size, manifest)


def _enclose(writer: Writer, item: Enclosure) -> None:
    with item.open() as source:
        try:
            part = writer.add(file_part(item.sha256), source, size=item.size)
        except ValueError as error:
            raise faults.TamperedBundle(file_part(item.sha256)) from error
    if part.sha256 != item.sha256:
        raise faults.TamperedBundle(file_part(item.sha256))


def publish(temporary: Path, target: Path) -> None:
    """Give a finished file its final name, so that a reader sees it whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(target)
    sync_directory(target.parent)


def sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Bundle:
    """An opened bundle whose signature and every part have been verified. Use as a context manager."""

    def __init__(self, stream: BinaryIO, manifest: Manifest, digest: str, parts: dict[str, Part]) -> None:
        self._stream, self.manifest, self.digest, self._parts = stream, manifest, digest, parts

    def __enter__(self) -> Bundle:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def letters(self) -> list[Letter]:
        """Read the messages. :raises TamperedBundle: if the file was changed since it was opened."""
        found = []
        for index, entry in enumerate(self.manifest.messages):
            name = message_part(index)
            body = self._window(name).read()
            if hashlib.sha256(body).hexdigest() != entry.sha256:
                raise faults.TamperedBundle(name)
            found.append(Letter(entry.id, body, entry.signature))
        return found

    def open(self, sha256: str) -> BinaryIO:
        """Open one enclosed file; whoever stores it compares the digest again. :raises KeyError: if it is not here."""
        return self._window(file_part(sha256))

    def _window(self, name: str) -> BinaryIO:
        return io.BufferedReader(Window(self._stream, self._parts[name]))  # type: ignore[return-value]


def read(path: Path, *, here: str, peer: str, verify: Verify, limits: Limits | None = None) -> Bundle:
    """Open and verify a whole bundle in one pass and constant memory.

    :raises BundleFault: the subclass says what is wrong, its detail where; nothing of the file may then be used.
    """
    limits = limits or Limits()
    stream = path.open("rb")
    try:
        return _read(stream, path.name, here=here, peer=peer, verify=verify, limits=limits)
    except BaseException:
        with suppress(OSError):
            stream.close()
        raise


def _read(stream: BinaryIO, name: str, *, here: str, peer: str, verify: Verify, limits: Limits) -> Bundle:
    reader = Reader(stream)
    page, signature = bytearray(), bytearray()
    parts: dict[str, Part] = {}
    reader.read(MANIFEST, limit=limits.manifest_size, sink=page.extend)
    if reader.upcoming().startswith(("messages/", "files/", DIRECTORY)):
        raise faults.UnsignedBundle(SIGNATURE)
    reader.read(SIGNATURE, limit=65536, sink=signature.extend)
    if not signature:
        raise faults.UnsignedBundle(SIGNATURE)
    manifest = decode(bytes(page), limits)
    if (manifest.sender, manifest.receiver) != (peer, here):
        raise faults.WrongZone(f"{manifest.sender} → {manifest.receiver}")
    verify(bytes(page), signature.decode("ascii", "replace"), manifest.sender)
    if address(name) != manifest.address:
        raise faults.MisnamedBundle(f"{name}: {manifest.address.file_name()}")
    entries: list[tuple[str, MessageEntry | FileEntry]] = [
        *((message_part(index), entry) for index, entry in enumerate(manifest.messages)),
        *((file_part(entry.sha256), entry) for entry in manifest.files),
    ]
    for label, entry in entries:
        part = reader.read(label, limit=limits.total_size, size=entry.size, sink=len)
        if part.sha256 != entry.sha256:
            raise faults.TamperedBundle(label)
        parts[label] = part
    return Bundle(stream, manifest, reader.finish(), parts)

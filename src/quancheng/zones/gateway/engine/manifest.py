"""The signed page of a bundle: who sends what to whom, after which bundle, and what is confirmed or asked again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..rules import Address
from . import faults

FORMAT = "quancheng-bundle/1"
DIGEST = re.compile(r"[0-9a-f]{64}")
ZONE = re.compile(r"[a-z]{1,32}")
IDENTITY = re.compile(r"[A-Za-z0-9._:-]{1,100}")
KEYS = {
    "format", "from", "to", "sequence", "previous", "created_at", "acknowledges", "requests", "messages", "files",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """What one bundle may hold. Sizes in bytes."""

    messages: int = 1000
    files: int = 1000
    message_size: int = 4 * 1024 * 1024
    file_size: int = 2 * 1024**3
    total_size: int = 3 * 1024**3
    manifest_size: int = 16 * 1024 * 1024
    requests: int = 100


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """One message of the bundle; `signature` is the detached JWS of the organisation that wrote it."""

    id: str
    sha256: str
    size: int
    signature: str


@dataclass(frozen=True, slots=True)
class FileEntry:
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`previous`: SHA-256 of the whole file before it ("" for the first); `acknowledges`: highest sequence of the
    other direction applied without a gap (0 for none); `requests`: sequences of the other direction asked again."""

    sender: str
    receiver: str
    sequence: int
    previous: str
    created_at: datetime
    acknowledges: int = 0
    requests: tuple[int, ...] = ()
    messages: tuple[MessageEntry, ...] = ()
    files: tuple[FileEntry, ...] = ()

    @property
    def address(self) -> Address:
        return Address(self.sender, self.receiver, self.sequence)

    @property
    def has_content(self) -> bool:
        return bool(self.messages or self.files)


def encode(manifest: Manifest) -> bytes:
    """Return the one canonical spelling: keys sorted, no blanks, UTF-8."""
    document = {
        "format": FORMAT,
        "from": manifest.sender,
        "to": manifest.receiver,
        "sequence": manifest.sequence,
        "previous": manifest.previous,
        "created_at": manifest.created_at.isoformat(),
        "acknowledges": manifest.acknowledges,
        "requests": list(manifest.requests),
        "messages": [
            {"id": entry.id, "sha256": entry.sha256, "size": entry.size, "signature": entry.signature}
            for entry in manifest.messages
        ],
        "files": [{"sha256": entry.sha256, "size": entry.size} for entry in manifest.files],
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode(content: bytes, limits: Limits) -> Manifest:
    """Read a manifest. :raises MalformedBundle: naming the field. :raises OversizedBundle: naming the limit."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise faults.MalformedBundle("manifest.json") from error
    if not isinstance(document, dict) or set(document) != KEYS or document["format"] != FORMAT:
        raise faults.MalformedBundle("manifest.json: fields")
    try:
        manifest = _build(document)
    except (KeyError, TypeError, ValueError) as error:
        raise faults.MalformedBundle(f"manifest.json: {error}") from error
    if encode(manifest) != content:
        raise faults.MalformedBundle("manifest.json: not canonical")
    check(manifest, limits)
    return manifest


def check(manifest: Manifest, limits: Limits) -> None:
    """:raises OversizedBundle: naming the limit that is exceeded."""
    sizes = [entry.size for entry in manifest.messages] + [entry.size for entry in manifest.files]
    exceeded = {
        "messages": len(manifest.messages) > limits.messages,
        "files": len(manifest.files) > limits.files,
        "requests": len(manifest.requests) > limits.requests,
        "message size": any(entry.size > limits.message_size for entry in manifest.messages),
        "file size": any(entry.size > limits.file_size for entry in manifest.files),
        "total size": sum(sizes) > limits.total_size,
    }
    for name, is_exceeded in exceeded.items():
        if is_exceeded:
            raise faults.OversizedBundle(name)


def _build(document: dict[str, Any]) -> Manifest:
    messages = tuple(
        MessageEntry(
            id=_text(row["id"], IDENTITY, "id"),
            sha256=_text(row["sha256"], DIGEST, "sha256"),
            size=_count(row["size"], "size"),
            signature=_plain(row["signature"]),
        )
        for row in _rows(document["messages"], {"id", "sha256", "size", "signature"})
    )
    files = tuple(
        FileEntry(sha256=_text(row["sha256"], DIGEST, "sha256"), size=_count(row["size"], "size"))
        for row in _rows(document["files"], {"sha256", "size"})
    )
    if len({entry.id for entry in messages}) < len(messages) or len({entry.sha256 for entry in files}) < len(files):
        raise ValueError("entries twice")
    created_at = datetime.fromisoformat(document["created_at"])
    if created_at.tzinfo is None:
        raise ValueError("created_at without zone")
    return Manifest(
        sender=_text(document["from"], ZONE, "from"),
        receiver=_text(document["to"], ZONE, "to"),
        sequence=_count(document["sequence"], "sequence", least=1),
        previous=document["previous"] and _text(document["previous"], DIGEST, "previous"),
        created_at=created_at,
        acknowledges=_count(document["acknowledges"], "acknowledges"),
        requests=tuple(_count(value, "requests", least=1) for value in document["requests"]),
        messages=messages,
        files=files,
    )


def _rows(value: object, keys: set[str]) -> list[dict[str, Any]]:
    if not isinstance(value, list) or any(not isinstance(row, dict) or set(row) != keys for row in value):
        raise ValueError("entries")
    return value


def _text(value: object, pattern: re.Pattern[str], field: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(field)
    return value


def _plain(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not 0 < len(value) <= 65536:
        raise ValueError("signature")
    return value


def _count(value: object, field: str, *, least: int = 0) -> int:
    if type(value) is not int or not least <= value < 10**12:
        raise ValueError(field)
    return value

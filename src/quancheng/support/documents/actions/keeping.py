"""Keeping files. Called inside an action of the system that receives the file: who may is decided there."""

import errno
import hashlib
import io
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.documents import adapters, rules
from quancheng.support.documents.config import config
from quancheng.support.documents.engine import sandbox
from quancheng.support.documents.engine.containers import Bomb, Unreadable
from quancheng.support.documents.models import StoredFile
from quancheng.support.documents.queries import Kept, NoSuchDocument, drafts, scanner, store

CHUNK: Final = 256 * 1024
FULL: Final = {errno.ENOSPC, errno.EDQUOT}
HEAD: Final = 4096
FIRST_PAGES: Final = 3  # a mark stands on the first page (GB/T 9704-2012 7.2.2); covers are counted
TEXT_LOOKED_AT: Final = 1024 * 1024
ROOM_LEFT: Final = 64 * 1024 * 1024  # of the disk, for everything else


class TooLarge(Refusal):
    code = "documents.too-large"
    status = 413
    message = _("“%(name)s” is larger than %(limit)s MB. Please make it smaller, for instance with a lower resolution.")


class UnknownType(Refusal):
    code = "documents.unknown-type"
    status = 415
    message = _("“%(name)s” is not a PDF, JPEG, PNG, Word, Excel, OFD or text file.")


class NoRoom(Refusal):
    """The disk is full; whoever operates the site is told by its monitoring."""

    code = "documents.no-room"
    status = 507
    message = _("There is no room for “%(name)s” just now. Nothing was stored; please try again later.")


class EmptyFile(Refusal):
    code = "documents.empty"
    message = _("“%(name)s” is empty.")


class Classified(Refusal):
    code = "documents.classified"
    message = _(
        "“%(name)s” carries the secrecy mark %(mark)s. Classified material never enters this network: "
        "hand it over offline."
    )


class Unfolds(Refusal):
    """A small file that unfolds to gigabytes (zip bomb)."""

    code = "documents.unfolds"
    status = 422
    message = _("“%(name)s” unfolds to far more than a document holds and was not accepted.")


class Infected(Refusal):
    """The scanner found malware; nothing of the file is kept."""

    code = "documents.infected"
    status = 422
    message = _("“%(name)s” holds malware (%(finding)s) and was not accepted. Have your computer checked.")


class ScannerSilent(Refusal):
    """Nothing may come in unscanned here, and the scanner does not answer."""

    code = "documents.scanner-silent"
    status = 503
    message = _("“%(name)s” cannot be checked for malware just now. Please try again later.")


class InsideTransaction(RuntimeError):
    """A fault of the program: scanner and reader would work while everybody else waits to write."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a file that may come in."""

    media: str
    verdict: adapters.Verdict


def keep(
    content: bytes | BinaryIO,
    *,
    name: str,
    actor: str = "",
    media: str = "",
    limit: int | None = None,
    shared: bool = True,
) -> Kept:
    """Keep a file and return it; the same bytes are kept once. Memory stays constant whatever the size.

    `media` overrides what the bytes show, for files that the platform itself made; those are not looked through.
    `shared` says that the caller knows the file by its digest, so that nothing here may throw it away. A file from
    outside is looked through and scanned, which takes seconds: not while a transaction holds SQLite's only lock for
    writing. An action that takes a file in has it kept with `shared=False` before it begins, and takes it on itself.

    :raises InsideTransaction: when a file that must be looked through is kept inside a transaction.
    :raises TooLarge: beyond `limit` bytes (default: the site's setting).
    :raises UnknownType: when the bytes show no accepted format.
    :raises EmptyFile: for no bytes at all.
    :raises NoRoom: when the disk is full; nothing of the file is left then.
    :raises Classified: when name or text carries a secrecy mark (密级).
    :raises Infected: when the malware scanner finds something, or found it earlier in the same bytes.
    :raises ScannerSilent: when it does not answer and has to.
    """
    if not media and _in_transaction():
        raise InsideTransaction
    name = rules.plain_name(name)
    largest = config.largest_bytes if limit is None else limit
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    try:
        draft = adapters.draft(drafts())
        path = Path(draft.name)
        try:
            with draft:
                digest, size = _copy(source, draft, name=name, largest=largest)
            return keep_path(path, digest=digest, size=size, name=name, actor=actor, media=media, shared=shared)
        finally:
            path.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in FULL:
            raise NoRoom(name=name) from error
        raise


def keep_path(
    path: Path, *, digest: str, size: int, name: str, actor: str = "", media: str = "", shared: bool = True
) -> Kept:
    """Keep the file at `path`, which is taken away from there; see `keep`."""
    known = StoredFile.objects.filter(pk=digest).first()
    if known and known.quarantined_at:
        if known.scan == StoredFile.Scan.INFECTED:
            raise Infected(name=name, finding=known.finding)
        raise Classified(name=name, mark=known.finding)
    checked = check(path, name=name, size=size, media=media)
    # The row first: bytes that no row knows are swept away, a row without bytes counts as not kept.
    scanned = {"scan": checked.verdict.state, "scanned_at": timezone.now()} if checked.verdict.state != "NONE" else {}
    file, created = StoredFile.objects.get_or_create(
        digest=digest,
        defaults={
            "size": size,
            "name": name,
            "media_type": checked.media,
            "kept_by": actor,
            "shared": shared,
            **scanned,
        },
    )
    if not created and not file.shared:
        # Kept anew, it is no longer old: whoever comes to take it on finds it.
        StoredFile.objects.filter(pk=digest, shared=False).update(shared=shared, kept_at=timezone.now())
    store().put(digest, path)
    return Kept(file.digest, file.size, name, file.media_type)


def take_on(digest: str) -> None:
    """Say that the caller knows a kept file by its digest from now on, so that nothing here throws it away.

    :raises NoSuchDocument: when it is not kept, or no longer.
    """
    if not StoredFile.objects.filter(pk=digest).update(shared=True):
        raise NoSuchDocument(digest)


def fault_of(file: Any) -> str:
    """Return why an uploaded file may not come in, "" when it may: a secrecy mark in its name, malware.

    For forms, which say so beside the field. What stands in the file is looked at when it is kept.
    """
    name = rules.plain_name(file.name)
    if mark := rules.mark_in_name(name):
        return str(Classified(name=name, mark=mark))
    file.seek(0)
    verdict = scanner().scan(file)
    file.seek(0)
    if verdict.state == "INFECTED":
        return str(Infected(name=name, finding=verdict.finding))
    return str(ScannerSilent(name=name)) if verdict.state == "UNREACHABLE" and config.scan_required else ""


def _in_transaction() -> bool:
    """Test whether a transaction of the product is under way; the one around a test is none (as for `durable`)."""
    blocks = transaction.get_connection().atomic_blocks
    return bool(blocks) and not getattr(blocks[-1], "_from_testcase", False)


def room_for(size: int, *, name: str) -> None:
    """Make sure that `size` bytes fit on the site's disk. :raises NoRoom: when they do not."""
    folder = drafts()
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < size + ROOM_LEFT:
        raise NoRoom(name=name)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb", buffering=0) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _copy(source: BinaryIO, draft: IO[bytes], *, name: str, largest: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > largest:
            raise TooLarge(name=name, limit=largest // 2**20)
        digest.update(chunk)
        draft.write(chunk)
    draft.flush()
    os.fsync(draft.fileno())
    return digest.hexdigest(), size


def check(path: Path, *, name: str, size: int, media: str = "") -> Checked:
    """Look at a file that wants to come in. :raises Refusal: as `keep`."""
    if not size:
        raise EmptyFile(name=name)
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if media:
        return Checked(media, adapters.Verdict("NONE"))
    if not (found := rules.media_type(head, name)):
        raise UnknownType(name=name)
    if mark := rules.mark_in_name(name) or rules.secrecy_mark(_first_text(path, found, name)):
        raise Classified(name=name, mark=mark)
    with path.open("rb") as stream:
        verdict = scanner().scan(stream)
    if verdict.state == "INFECTED":
        raise Infected(name=name, finding=verdict.finding)
    if verdict.state == "UNREACHABLE" and config.scan_required:
        raise ScannerSilent(name=name)
    return Checked(found, verdict)


def _first_text(path: Path, media: str, name: str) -> str:
    """Return the text at the beginning of a file, empty where it has none that can be read.

    :raises UnknownType: when a container is not what its name says.
    """
    if media == rules.TEXT:
        with path.open("rb") as stream:
            return stream.read(TEXT_LOOKED_AT).decode("utf-8", "ignore")
    if media in rules.PICTURES or media == "application/zip" or (media == rules.PDF and not _whole_pdf(path)):
        return ""
    with tempfile.TemporaryDirectory(dir=drafts(), prefix="look-") as folder:
        try:
            found = sandbox.read(path, media=media, folder=Path(folder), text_pages=FIRST_PAGES)
        except Bomb as error:
            raise Unfolds(name=name) from error
        except Unreadable:
            # Damaged or protected: that is for the reader to say; nothing can be read off it here.
            return ""
    if found.media != media:
        raise UnknownType(name=name)
    return found.text


def _whole_pdf(path: Path) -> bool:
    """Test whether the file ends as a PDF does; without, there are no pages to look at (ISO 32000-2, 7.5.5)."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 2048))
        return b"startxref" in stream.read()

"""Uploads in pieces that go on after a break (tus 1.0.0): the length of the file so far is the offset."""

import fcntl
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import rules
from quancheng.support.documents.actions import documents, keeping
from quancheng.support.documents.config import config
from quancheng.support.documents.models import Upload
from quancheng.support.documents.queries import uploads
from quancheng.support.documents.queries.documents import place

PIECE: Final = 256 * 1024


class NoUpload(Refusal):
    code = "documents.no-upload"
    status = 404
    message = _("There is no such upload; it may have been given up. Send the file again.")


class WrongOffset(Refusal):
    """What was sent does not begin where the upload stands."""

    code = "documents.wrong-offset"
    status = 409
    message = _("The upload stands at another place. Ask where, and go on from there.")


class Busy(Refusal):
    """Another connection is writing to the same upload."""

    code = "documents.upload-busy"
    status = 423
    message = _("This upload is going on elsewhere.")


class TooManyUploads(Refusal):
    code = "documents.too-many-uploads"
    status = 429
    message = _("You have %(count)s uploads under way. Finish or give up some of them first.")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an upload stands; `document` is what was made of it."""

    id: UUID
    offset: int
    size: int
    document: UUID | None = None

    @property
    def finished(self) -> bool:
        """Whether every byte is there and a document was made of them."""
        return self.document is not None


def _target(*, organisation: str = "", document_id: UUID | None = None, **_wishes: Any) -> pmi.Target:
    return place(document_id=document_id) if document_id else pmi.Target(organisation)


@pmi.action("documents.upload.begin", scope=_target)
def begin(
    *,
    actor: pmi.Actor,
    name: str,
    size: int,
    at: datetime,
    title: str = "",
    organisation: str = "",
    document_id: UUID | None = None,
    base: int = 0,
    note: str = "",
) -> Progress:
    """Begin an upload of `size` bytes: of a new document of an organisation, or of a version after `base`.

    :raises EmptyFile: :raises TooLarge: :raises NoRoom: :raises Classified: by its name. :raises TooManyUploads:
        and what `documents.fitting` refuses.
    """
    name = rules.plain_name(name)
    if not size:
        raise keeping.EmptyFile(name=name)
    if size > config.largest_upload_bytes:
        raise keeping.TooLarge(name=name, limit=config.largest_upload_bytes // 2**20)
    if mark := rules.mark_in_name(name):
        raise keeping.Classified(name=name, mark=mark)
    if not document_id:
        # Before the bytes, not after gigabytes of them.
        title = documents.fitting(title or name.rpartition(".")[0] or name, organisation=organisation)
    if (count := Upload.objects.filter(owner=actor.id, done=None).count()) >= config.uploads_at_once:
        raise TooManyUploads(count=count)
    keeping.room_for(size, name=name)
    made = Upload.objects.create(
        owner=actor.id, name=name, size=size, title=title[:200], organisation=organisation, note=note[:300],
        document_id=document_id, base=base, begun_at=at, touched_at=at,
    )  # fmt: skip
    uploads().mkdir(parents=True, exist_ok=True)
    _file(made).touch()
    return Progress(made.pk, 0, size)


def standing(*, actor: pmi.Actor, upload_id: UUID, at: datetime) -> Progress:
    """Return where an upload of the actor stands. :raises NoUpload:

    One whose bytes all came, but whose process was killed before the document was made, is finished now.
    """
    found = _progress(_own(actor, upload_id))
    if found.offset < found.size or found.finished:
        return found
    return append(actor=actor, upload_id=upload_id, offset=found.size, source=io.BytesIO(), at=at)


def append(*, actor: pmi.Actor, upload_id: UUID, offset: int, source: BinaryIO, at: datetime) -> Progress:
    """Write what `source` brings behind the first `offset` bytes; what came before it broke stays.

    Only the owner writes, one connection at a time. When every byte is there the document or version is made.

    :raises NoUpload: :raises WrongOffset: :raises Busy: :raises NoRoom: and what `keep` and the actions refuse;
        then the upload is gone.
    """
    upload = _own(actor, upload_id)
    if upload.done:
        return _progress(upload)
    with _alone(upload) as stream:
        # Asked again under the lock: the other connection may have finished it.
        upload.refresh_from_db()
        if upload.done:
            return _progress(upload)
        if stream.seek(0, os.SEEK_END) != offset:
            raise WrongOffset
        try:
            _write(stream, source, room=upload.size - offset)
        except OSError as error:
            if error.errno in keeping.FULL:
                raise keeping.NoRoom(name=upload.name) from error
            raise
        finally:
            Upload.objects.filter(pk=upload.pk).update(touched_at=at)
        if stream.tell() == upload.size:
            upload.done = _finish(actor, upload, at=at)
    return _progress(upload)


def give_up(*, actor: pmi.Actor, upload_id: UUID) -> None:
    """End an upload and throw away what came. :raises NoUpload: :raises Busy:"""
    upload = _own(actor, upload_id)
    with _alone(upload):
        _drop(upload)


def _write(stream: BinaryIO, source: BinaryIO, *, room: int) -> None:
    """Copy at most `room` bytes and make them last, also when `source` breaks in the middle."""
    try:
        while room and (piece := source.read(min(PIECE, room))):
            rest = memoryview(piece)
            while rest:
                # A disk that fills up takes a part before it refuses.
                rest = rest[stream.write(rest) :]
            room -= len(piece)
        if not room and source.read(1):
            raise WrongOffset
    finally:
        stream.flush()
        os.fsync(stream.fileno())


def _finish(actor: pmi.Actor, upload: Upload, *, at: datetime) -> UUID:
    """Make a document or version of the whole file. A kill before the end leaves the upload whole, to finish later."""
    path = _file(upload)
    digest = keeping.digest_of(path)
    copy = path.with_suffix(".whole")
    copy.unlink(missing_ok=True)
    copy.hardlink_to(path)
    try:
        kept = keeping.keep_path(copy, digest=digest, size=upload.size, name=upload.name, actor=actor.id, shared=False)
        if upload.document_id:
            document_id = upload.document_id
            documents.add_version(
                actor=actor, document_id=document_id, kept=kept, base=upload.base, note=upload.note, at=at
            )
        else:
            document_id = documents.create(
                actor=actor, key=upload.pk, title=upload.title, organisation=upload.organisation, kept=kept,
                note=upload.note, at=at,
            )  # fmt: skip
    except keeping.ScannerSilent:
        # Nothing is wrong with the file: the upload waits for the scanner.
        raise
    except Refusal:
        _drop(upload)
        raise
    finally:
        copy.unlink(missing_ok=True)
    Upload.objects.filter(pk=upload.pk).update(done=document_id)
    path.unlink(missing_ok=True)
    return document_id


def _drop(upload: Upload) -> None:
    _file(upload).unlink(missing_ok=True)
    upload.delete()


def _own(actor: pmi.Actor, upload_id: UUID) -> Upload:
    upload = Upload.objects.filter(pk=upload_id, owner=actor.id).first()
    if upload is None:
        raise NoUpload
    return upload


def _file(upload: Upload) -> Path:
    return uploads() / str(upload.pk)


def _progress(upload: Upload) -> Progress:
    if upload.done:
        return Progress(upload.pk, upload.size, upload.size, upload.done)
    try:
        return Progress(upload.pk, _file(upload).stat().st_size, upload.size)
    except FileNotFoundError as error:
        raise NoUpload from error


@contextmanager
def _alone(upload: Upload) -> Iterator[BinaryIO]:
    """Open the upload's file for this connection alone; the kernel gives the lock back when the process is killed."""
    try:
        stream = _file(upload).open("r+b", buffering=0)
    except FileNotFoundError as error:
        if upload.done:
            raise Busy from error
        raise NoUpload from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error
        yield stream

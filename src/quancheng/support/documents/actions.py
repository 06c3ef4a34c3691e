"""Keeping files. Called inside an action of the system that receives the file: who may is decided there."""

import errno
import hashlib
import io
import os
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.documents.config import config
from quancheng.support.documents.models import StoredFile
from quancheng.support.documents.queries import Kept, store
from quancheng.support.documents.rules import media_type, secrecy_mark

CHUNK = 256 * 1024
FULL = {errno.ENOSPC, errno.EDQUOT}


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


def keep(content: bytes | BinaryIO, *, name: str, actor: str = "", media: str = "", limit: int | None = None) -> Kept:
    """Keep a file and return it; the same bytes are kept once. Memory stays constant whatever the size.

    `media` overrides what the bytes show, for files that the platform itself made.

    :raises TooLarge: beyond `limit` bytes (default: the site's setting).
    :raises UnknownType: when the bytes show no accepted format.
    :raises EmptyFile: for no bytes at all.
    :raises NoRoom: when the disk is full; nothing of the file is left then.
    :raises Classified: when name or text carries a secrecy mark (密级).
    """
    name = Path(name.replace("\\", "/")).name[:255] or "file"
    largest = config.largest_bytes if limit is None else limit
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    try:
        digest, size, found = _stored(source, name=name, largest=largest, media=media)
    except OSError as error:
        if error.errno in FULL:
            raise NoRoom(name=name) from error
        raise
    file, _created = StoredFile.objects.get_or_create(
        digest=digest, defaults={"size": size, "name": name, "media_type": found, "kept_by": actor}
    )
    return Kept(file.digest, file.size, name, file.media_type)


def _stored(source: BinaryIO, *, name: str, largest: int, media: str) -> tuple[str, int, str]:
    digest, size, head = hashlib.sha256(), 0, b""
    draft = store().draft()
    try:
        with draft:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > largest:
                    raise TooLarge(name=name, limit=largest // 2**20)
                head = head or chunk[:4096]
                digest.update(chunk)
                draft.write(chunk)
            draft.flush()
            os.fsync(draft.fileno())
        found = _checked(name, size, head, media)
        store().put(digest.hexdigest(), Path(draft.name))
    finally:
        Path(draft.name).unlink(missing_ok=True)
    return digest.hexdigest(), size, found


def _checked(name: str, size: int, head: bytes, media: str) -> str:
    if not size:
        raise EmptyFile(name=name)
    if not (found := media or media_type(head, name)):
        raise UnknownType(name=name)
    text = head.decode("utf-8", "ignore") if found.startswith("text/") else ""
    if mark := secrecy_mark(name) or secrecy_mark(text):
        raise Classified(name=name, mark=mark)
    return found

"""Taking a citizen's file into safe keeping; called by the actions that attach one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import public as documents
from quancheng.systems.hall import rules

MOST_FILES = 20
"""So many files may belong to one material."""


class UnknownMaterial(Refusal):
    """Nobody asked for this material."""

    code: ClassVar[str] = "hall.unknown-material"
    message = _("This material is not asked for here.")
    status: ClassVar[int] = 400


class WrongType(Refusal):
    """The file is not of a kind that the offices can read."""

    code: ClassVar[str] = "hall.wrong-type"
    message = _("“%(name)s” is not a PDF, JPG or PNG file. Nothing was stored; please choose another file.")
    status: ClassVar[int] = 400


class TooLarge(Refusal):
    """The file is larger than 20 MB."""

    code: ClassVar[str] = "hall.too-large"
    message = _("“%(name)s” is larger than %(limit)s MB. Nothing was stored; please choose a smaller file.")
    status: ClassVar[int] = 413


class TooMany(Refusal):
    """There are enough files for this material."""

    code: ClassVar[str] = "hall.too-many-files"
    message = _("There are already %(limit)s files for this material. Remove one first.")
    status: ClassVar[int] = 400


@dataclass(frozen=True, slots=True)
class Received:
    """A file that came in, or the refusal with which it did not."""

    kept: documents.Kept | None = None
    refusal: Refusal | None = None


def receive(*, actor: pmi.Actor, content: BinaryIO, name: str, media_type: str, size: int) -> Received:
    """Take a file in before the action that attaches it: scanning takes seconds, and an action holds the lock.

    A refusal is not raised here but by `take`, inside the action: first whether one may, and then it is entered.
    """
    # Size first: a huge file must not be read to learn its type.
    if size > rules.MATERIAL_SIZE:
        return Received(refusal=TooLarge(name=name, limit=rules.MATERIAL_SIZE // (1024 * 1024)))
    # What the browser claims spares an upload; what the bytes show decides.
    if media_type not in rules.MATERIAL_TYPES:
        return Received(refusal=WrongType(name=name))
    try:
        kept = documents.keep(content, name=name, actor=actor.id, limit=rules.MATERIAL_SIZE, shared=False)
    except Refusal as refusal:
        return Received(refusal=refusal)
    return Received(kept) if kept.media_type in rules.MATERIAL_TYPES else Received(refusal=WrongType(name=name))


def take(received: Received, *, code: str, held: Sequence[Any]) -> dict[str, Any]:
    """Take a received file on for a material and return {code, digest, name, media_type, size}.

    :raises TooMany: and the refusal with which the file did not come in: WrongType, TooLarge, what `documents.keep`
        refuses.
    """
    kept = received.kept
    if kept is None:
        raise received.refusal or Refusal
    if sum(item["code"] == code for item in held) >= MOST_FILES:
        raise TooMany(limit=MOST_FILES)
    documents.take_on(kept.digest)
    return {
        "code": code,
        "digest": kept.digest,
        "name": kept.name,
        "media_type": kept.media_type,
        "size": kept.size,
    }


def with_file(held: Sequence[dict[str, Any]], file: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the list with the file added; the same file for the same material stays once."""
    same = [item for item in held if (item["code"], item["digest"]) != (file["code"], file["digest"])]
    return [*same, file]


def without_file(held: Sequence[dict[str, Any]], *, code: str, digest: str) -> list[dict[str, Any]]:
    """Return the list without the file."""
    return [item for item in held if (item["code"], item["digest"]) != (code, digest)]

"""Questions about kept files."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

from quancheng.kernel import config as site
from quancheng.support.documents.adapters import Folder
from quancheng.support.documents.models import StoredFile


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept file: sha256 hex digest, size in bytes, name and media type."""

    digest: str
    size: int
    name: str
    media_type: str


class NoSuchDocument(LookupError):
    """No file with this digest is kept here."""


@cache
def store() -> Folder:
    """Return this site's store."""
    return Folder(site.data_dir() / "documents")


def info(digest: str) -> Kept:
    """Return what is known of the file. :raises NoSuchDocument: when it is not kept here."""
    try:
        file = StoredFile.objects.get(pk=digest)
    except StoredFile.DoesNotExist as error:
        raise NoSuchDocument(digest) from error
    return Kept(file.digest, file.size, file.name, file.media_type)


def exists(digest: str) -> bool:
    """Test whether the file is kept here, its bytes included."""
    return StoredFile.objects.filter(pk=digest).exists() and store().exists(digest)


def kept(digests: Iterable[str]) -> frozenset[str]:
    """Return those of `digests` whose files are kept here, their bytes included; one question for all."""
    known = StoredFile.objects.filter(pk__in=set(digests)).values_list("digest", flat=True)
    return frozenset(digest for digest in known if store().exists(digest))


def open(digest: str) -> BinaryIO:  # noqa: A001  (documents.open reads like the built-in it stands for)
    """Return the file's bytes as a stream. :raises NoSuchDocument: when it is not kept here."""
    try:
        return store().open(digest)
    except FileNotFoundError as error:
        raise NoSuchDocument(digest) from error

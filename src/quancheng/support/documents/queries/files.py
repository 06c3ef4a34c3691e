"""Questions about kept files."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

from quancheng.kernel import config as site
from quancheng.support.documents.adapters import Bucket, Clamd, Folder, NoScanner, Scanner, Store, local_copy
from quancheng.support.documents.config import config
from quancheng.support.documents.models import StoredFile

SEARCHED: Final = "documents.document"
"""The kind under which documents are searched."""


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
def store() -> Store:
    """Return this site's store."""
    if config.store == "s3":
        return Bucket(
            bucket=config.s3_bucket,
            endpoint=config.s3_endpoint,
            region=config.s3_region,
            key=config.s3_key,
            secret=config.s3_secret,
            prefix=config.s3_prefix,
        )
    return Folder(site.data_dir() / "documents")


@cache
def scanner() -> Scanner:
    """Return this site's malware scanner."""
    return Clamd(config.scanner) if config.scanner else NoScanner()


def drafts() -> Path:
    """Return the folder for what is being written."""
    return site.data_dir() / "documents" / "drafts"


def uploads() -> Path:
    """Return the folder for uploads under way."""
    return site.data_dir() / "documents" / "uploads"


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


@contextmanager
def on_disk(digest: str) -> Iterator[Path]:
    """Give the path of a file with these bytes, for programs that read files. :raises NoSuchDocument:"""
    try:
        with local_copy(store(), digest, drafts()) as path:
            yield path
    except FileNotFoundError as error:
        if store().exists(digest):
            raise
        raise NoSuchDocument(digest) from error

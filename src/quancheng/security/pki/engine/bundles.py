"""Many certificate requests in one file: a ZIP of them, or PEM blocks one after another."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import enrolling

MOST: Final = 5000
LARGEST: Final = 20 * 1024 * 1024
_BLOCK: Final = re.compile(
    rb"-----BEGIN (NEW )?CERTIFICATE REQUEST-----[^-]{1,90000}-----END (?:NEW )?CERTIFICATE REQUEST-----"
)
# What a damaged entry of a ZIP raises.
_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)


class NoBundle(ValueError):
    """A file that holds no requests, or too many; the message says why."""


@dataclass(frozen=True, slots=True)
class Brought:
    """One request (PEM or DER) with the name of the file that it lay in, fit to be shown."""

    file: str
    csr: bytes


def brought(file: str, csr: bytes) -> Brought:
    """Return a request under its file's name, without signs that cannot be shown."""
    return Brought("".join(sign if sign.isprintable() else "·" for sign in file)[:200], csr)


def unpack(content: bytes, *, file: str) -> tuple[Brought, ...]:
    """Return the requests in a ZIP, in PEM blocks, or the one that the file is. :raises NoBundle: when it is none."""
    if len(content) > LARGEST:
        raise NoBundle(_("the file is larger than 20 MB"))
    found = (
        tuple(_of_zip(content))
        if content.startswith((b"PK\x03\x04", b"PK\x05\x06"))
        else tuple(_of_blocks(content, file))
    )
    if not found:
        raise NoBundle(_("there is no certificate request in it"))
    return found


def of_folder(folder: Path) -> tuple[Brought, ...]:
    """Return the requests in the files of a folder, by their names. :raises NoBundle: when there is none."""
    found: list[Brought] = []
    for path in sorted(item for item in folder.iterdir() if item.is_file() and not item.name.startswith(".")):
        with path.open("rb") as source:
            found += _of_blocks(source.read(LARGEST + 1), path.name)
        _check_number(len(found))
    if not found:
        raise NoBundle(_("there is no certificate request in it"))
    return tuple(found)


def _check_number(number: int) -> None:
    if number > MOST:
        raise NoBundle(_("at most %(most)s requests are taken at once") % {"most": MOST})


def _of_zip(content: bytes) -> Iterator[Brought]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            entries = [item for item in opened.infolist() if _is_request(item)]
            _check_number(len(entries))
            for entry in entries:
                # A damaged entry is brought as nothing, and refused like any other request that cannot be read.
                yield brought(PurePosixPath(entry.filename).name, _entry(opened, entry))
    except zipfile.BadZipFile:
        raise NoBundle(_("the ZIP file is damaged")) from None


def _is_request(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts
    return not entry.is_dir() and bool(parts) and not parts[-1].startswith(".") and parts[0] != "__MACOSX"


def _entry(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with opened.open(entry) as source:
            return source.read(enrolling.LARGEST + 1)
    except _UNREADABLE:
        return b""


def _of_blocks(content: bytes, file: str) -> Iterator[Brought]:
    blocks = [match.group() for match in _BLOCK.finditer(content)]
    _check_number(len(blocks))
    if len(blocks) > 1:
        yield from (brought(f"{file} {number}", block) for number, block in enumerate(blocks, 1))
    elif content:
        yield brought(file, content[: enrolling.LARGEST + 1])

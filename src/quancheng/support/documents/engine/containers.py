"""ZIP containers and their XML, read without trusting either."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lxml import etree

MOST_ENTRIES: Final = 20_000
LARGEST_PART: Final = 64 * 1024 * 1024
LARGEST_WHOLE: Final = 512 * 1024 * 1024


class Unreadable(ValueError):
    """The file is damaged, protected, or unfolds to more than any document is."""


class Bomb(Unreadable):
    """It is small and unfolds to more than any document is: made to do harm."""


class Container:
    """A ZIP container whose parts are read up to a limit, so that nothing unfolds without end.

    :raises Unreadable: when it is damaged or holds too much.
    """

    def __init__(self, path: Path) -> None:
        try:
            self.zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise Unreadable("damaged container") from error
        if len(self.zip.infolist()) > MOST_ENTRIES:
            raise Bomb("too many entries")
        self.names = frozenset(self.zip.namelist())
        self.taken = 0

    def read(self, name: str) -> bytes:
        """Return the bytes of a part. :raises Unreadable: when it is missing, encrypted, damaged or too large."""
        try:
            if self.zip.getinfo(name).file_size > LARGEST_PART:
                raise Bomb("unfolds to more than a document holds")
            with self.zip.open(name) as part:
                content = part.read(LARGEST_PART + 1)
        except Bomb:
            raise
        except (
            KeyError,
            RuntimeError,
            NotImplementedError,
            zipfile.BadZipFile,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            raise Unreadable(f"part {name} cannot be read") from error
        except Exception as error:
            # Each decompressor has errors of its own kind.
            raise Unreadable(f"part {name} is damaged") from error
        self.taken += len(content)
        if len(content) > LARGEST_PART or self.taken > LARGEST_WHOLE:
            raise Bomb("unfolds to more than a document holds")
        return content

    def tree(self, name: str) -> Any:
        """Return the root element of a part. :raises Unreadable: when it is no XML, or brings a document type."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        try:
            root = etree.fromstring(self.read(name), parser)
        except etree.XMLSyntaxError as error:
            raise Unreadable(f"part {name} is no XML") from error
        if root.getroottree().docinfo.doctype:
            raise Unreadable(f"part {name} brings a document type")
        return root

    def elements(self, name: str, tag: str) -> Iterator[Any]:
        """Yield the elements `tag` of a part as they end, each emptied afterwards. :raises Unreadable: as `tree`."""
        events = etree.iterparse(
            io.BytesIO(self.read(name)), tag=tag, resolve_entities=False, no_network=True, load_dtd=False
        )
        try:
            for _event, element in events:
                yield element
                element.clear()
        except etree.XMLSyntaxError as error:
            raise Unreadable(f"part {name} is no XML") from error

"""Range requests (RFC 9110, 14): which bytes somebody asks for."""

import re
from dataclasses import dataclass
from typing import Final

_ONE: Final = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes these are."""
        return self.last - self.first + 1


class Unsatisfiable(ValueError):
    """The range begins beyond the end; the answer is 416."""


def asked(header: str, *, size: int) -> Span | None:
    """Return the bytes that a Range header asks of a file of `size` bytes; None: the whole file.

    Several ranges at once and what cannot be read are answered with the whole file, as RFC 9110, 14.2 allows.

    :raises Unsatisfiable: when no byte of the file is asked for.
    """
    found = _ONE.fullmatch(header)
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        if not length:
            raise Unsatisfiable(header)
        return Span(size - length, size - 1)
    if int(first) >= size:
        raise Unsatisfiable(header)
    if last and int(last) < int(first):
        return None
    return Span(int(first), min(int(last), size - 1) if last else size - 1)

"""File names: what people sent, without paths, characters that break a line, and excess."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 255
_BREAKING: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def plain_name(name: str, *, fallback: str = "file") -> str:
    """Return the last part of `name` without what is no visible character; long names keep their ending.

    Both kinds of slashes count, so that no name leads anywhere. Marks that turn the reading direction go too: with
    them “fdp.exe” reads “exe.pdf”.
    """
    last = re.split(r"[\\/]", name)[-1]
    shown = "".join(char for char in last if unicodedata.category(char) not in _BREAKING).strip(" .")
    if len(shown) > LONGEST:
        stem, dot, ending = shown.rpartition(".")
        shown = f"{stem[: LONGEST - len(ending) - 1]}.{ending}" if dot and len(ending) <= 16 else shown[:LONGEST]
    return shown or fallback

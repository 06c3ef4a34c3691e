"""Whether bytes are what they are said to be: first bytes of files, signatures drawn as PNG."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

PNG = b"\x89PNG\r\n\x1a\n"
DRAWN = "data:image/png;base64,"
# Ending -> how such a file may begin. Of other endings nothing is known.
BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    ".pdf": (b"%PDF-",),
    ".png": (PNG,),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".ofd": (b"PK\x03\x04",),
    ".docx": (b"PK\x03\x04",),
    ".xlsx": (b"PK\x03\x04",),
    ".zip": (b"PK\x03\x04", b"PK\x05\x06"),
}
WIDEST, HIGHEST = 2000, 1000


def belies_its_name(file: Any) -> bool:
    """Test whether an upload begins otherwise than files of its name do; the file is read from its start again."""
    name = str(getattr(file, "name", "")).lower()
    expected = next((found for ending, found in BEGINNINGS.items() if name.endswith(ending)), ())
    if not expected or not hasattr(file, "seek"):
        return False
    file.seek(0)
    beginning = file.read(16)
    file.seek(0)
    return not beginning.startswith(expected)


def is_drawn(text: str, *, largest_kb: int) -> bool:
    """Test for a PNG as a data address, whole (every chunk with its check sum, RFC 2083) and not too large."""
    if not text.startswith(DRAWN) or len(text) > largest_kb * 1400:
        return False
    try:
        content = base64.b64decode(text[len(DRAWN) :], validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(content) <= largest_kb * 1024 and _is_png(content)


def _is_png(content: bytes) -> bool:
    if not content.startswith(PNG):
        return False
    place, kinds = len(PNG), []
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        kind, end = content[place + 4 : place + 8], place + 8 + length
        told = int.from_bytes(content[end : end + 4], "big")
        if end + 4 > len(content) or zlib.crc32(content[place + 4 : end]) != told:
            return False
        kinds.append(kind)
        place = end + 4
    width, height = int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    framed = kinds[:1] == [b"IHDR"] and kinds[-1:] == [b"IEND"] and b"IDAT" in kinds and place == len(content)
    return framed and 0 < width <= WIDEST and 0 < height <= HIGHEST

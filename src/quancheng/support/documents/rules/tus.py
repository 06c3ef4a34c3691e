"""The resumable upload protocol tus 1.0.0 (core, creation, termination, expiration), as far as it is plain text."""

import base64
import binascii
from typing import Final

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,termination,expiration"
CHUNK_TYPE: Final = "application/offset+octet-stream"
LONGEST_METADATA: Final = 8192


def metadata(header: str) -> dict[str, str]:
    """Return what an Upload-Metadata header says: keys with values in base64, separated by commas.

    :raises ValueError: when it cannot be read as such.
    """
    if len(header) > LONGEST_METADATA:
        raise ValueError("Upload-Metadata is too long")
    found = {}
    for pair in header.split(","):
        key, _gap, value = pair.strip().partition(" ")
        if not key:
            continue
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ValueError(f"Upload-Metadata: {key} is not base64 of UTF-8") from error
    return found


def number(header: str | None) -> int | None:
    """Return a header that holds a whole number, None when it holds none."""
    return int(header) if header and header.isascii() and header.isdigit() and len(header) <= 15 else None

"""What a file is and whether it may come in: decisions on bytes and names."""

import re
from typing import Final

# 保守国家秘密法 14, 17: material is marked 绝密, 机密 or 秘密, as a rule followed by ★ and the period.
SECRECY_MARK: Final = re.compile(
    r"(绝密|机密|秘密)\s*★|^\s*(绝密|机密|秘密)\s*$|密级\s*[:：]\s*(绝密|机密|秘密)", re.MULTILINE
)

_SIGNATURES: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"PK\x03\x04", "application/zip"),
)
_ZIP_FAMILY: Final = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ofd": "application/ofd",
    ".zip": "application/zip",
}


def media_type(head: bytes, name: str) -> str | None:
    """Return the media type that the first bytes show, None when they show none that is accepted.

    The name decides only between formats that share a container (ZIP); it is never believed on its own.
    """
    for signature, found in _SIGNATURES:
        if head.startswith(signature):
            if found != "application/zip":
                return found
            suffix = "." + name.rpartition(".")[2].lower()
            return _ZIP_FAMILY.get(suffix)
    if head and not any(byte < 9 or 13 < byte < 32 for byte in head):
        try:
            head.decode("utf-8")
        except UnicodeDecodeError as error:
            if error.end < len(head) - 4:
                return None
        return "text/plain"
    return None


def secrecy_mark(text: str) -> str | None:
    """Return the secrecy mark (密级) that `text` carries, None without one."""
    found = SECRECY_MARK.search(text)
    return next((group for group in found.groups() if group), None) if found else None

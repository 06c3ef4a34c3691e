"""What a file is: decided by its bytes, never by its name alone."""

from typing import Final

WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
OFD: Final = "application/ofd"
PDF: Final = "application/pdf"
TEXT: Final = "text/plain"
PICTURES: Final = frozenset({"image/jpeg", "image/png"})
OFFICE: Final = frozenset({WORD, SHEET, SLIDES})
ZIP_FAMILY: Final = {".docx": WORD, ".xlsx": SHEET, ".pptx": SLIDES, ".ofd": OFD, ".zip": "application/zip"}

_SIGNATURES: Final = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"PK\x03\x04", "application/zip"),
)
# What lies in the container of each format, whatever the file is called (ISO/IEC 29500-2; GB/T 33190-2016).
_PARTS: Final = (
    ("OFD.xml", OFD),
    ("word/document.xml", WORD),
    ("xl/workbook.xml", SHEET),
    ("ppt/presentation.xml", SLIDES),
)


def media_type(head: bytes, name: str) -> str | None:
    """Return the media type that the first bytes show, None when they show none that is accepted.

    The name decides only between formats that share a container (ZIP); it is never believed on its own.
    """
    for signature, found in _SIGNATURES:
        if head.startswith(signature):
            if found != "application/zip":
                return found
            suffix = "." + name.rpartition(".")[2].lower()
            return ZIP_FAMILY.get(suffix)
    if head and not any(byte < 9 or 13 < byte < 32 for byte in head):
        try:
            head.decode("utf-8")
        except UnicodeDecodeError as error:
            if error.end < len(head) - 4:
                return None
        return TEXT
    return None


def container_type(names: frozenset[str]) -> str | None:
    """Return the media type that the entries of a ZIP container show, None when they show none of the family."""
    return next((found for part, found in _PARTS if part in names), None)


def previewed(media: str) -> bool:
    """Test whether pages of such a file can be shown without other programs."""
    return media in {PDF, OFD} or media in PICTURES

"""The front door of documents."""

from quancheng.support.documents.actions import Classified, EmptyFile, NoRoom, TooLarge, UnknownType, keep
from quancheng.support.documents.queries import Kept, NoSuchDocument, exists, info, kept, open  # noqa: A004

__all__ = [
    "Classified",
    "EmptyFile",
    "Kept",
    "NoRoom",
    "NoSuchDocument",
    "TooLarge",
    "UnknownType",
    "exists",
    "info",
    "keep",
    "kept",
    "open",
]

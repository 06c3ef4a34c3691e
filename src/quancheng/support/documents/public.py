"""The front door of documents."""

from quancheng.support.documents.actions.documents import (
    CheckedOut,
    StaleVersion,
    add_version,
    create,
)
from quancheng.support.documents.actions.keeping import (
    Classified,
    EmptyFile,
    Infected,
    InsideTransaction,
    NoRoom,
    ScannerSilent,
    TooLarge,
    Unfolds,
    UnknownType,
    keep,
    take_on,
)
from quancheng.support.documents.actions.retention import MayNotGo, place_hold, set_retention
from quancheng.support.documents.actions.templates import compose
from quancheng.support.documents.engine.typesetting import Composed, typeset
from quancheng.support.documents.queries import Kept, NoSuchDocument, exists, info, kept, open  # noqa: A004
from quancheng.support.documents.queries.documents import (
    Content,
    DocumentView,
    NoDocument,
    Quarantined,
    documents,
    download,
    look,
)
from quancheng.support.documents.queries.retention import retention_classes

__all__ = [
    "CheckedOut",
    "Classified",
    "Composed",
    "Content",
    "DocumentView",
    "EmptyFile",
    "Infected",
    "InsideTransaction",
    "Kept",
    "MayNotGo",
    "NoDocument",
    "NoRoom",
    "NoSuchDocument",
    "Quarantined",
    "ScannerSilent",
    "StaleVersion",
    "TooLarge",
    "Unfolds",
    "UnknownType",
    "add_version",
    "compose",
    "create",
    "documents",
    "download",
    "exists",
    "info",
    "keep",
    "kept",
    "look",
    "open",
    "place_hold",
    "retention_classes",
    "set_retention",
    "take_on",
    "typeset",
]

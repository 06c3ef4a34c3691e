"""Questions about kept files and documents."""

from quancheng.support.documents.queries.files import (
    SEARCHED,
    Kept,
    NoSuchDocument,
    drafts,
    exists,
    info,
    kept,
    on_disk,
    open,  # noqa: A004
    scanner,
    store,
    uploads,
)

__all__ = [
    "SEARCHED",
    "Kept",
    "NoSuchDocument",
    "drafts",
    "exists",
    "info",
    "kept",
    "on_disk",
    "open",
    "scanner",
    "store",
    "uploads",
]

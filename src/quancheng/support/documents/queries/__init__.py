"""Questions about kept files and documents."""

from quancheng.support.documents.queries.files import (
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

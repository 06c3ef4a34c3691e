"""What a file is, whether it may come in, how it is asked for, and how long it stays: decisions on plain values."""

from quancheng.support.documents.rules.names import plain_name
from quancheng.support.documents.rules.retention import Bar, RetentionClass, bars, kept_until
from quancheng.support.documents.rules.secrecy import SECRECY_MARK, mark_in_name, secrecy_mark
from quancheng.support.documents.rules.types import (
    OFD,
    OFFICE,
    PDF,
    PICTURES,
    TEXT,
    ZIP_FAMILY,
    container_type,
    media_type,
    previewed,
)

__all__ = [
    "OFD",
    "OFFICE",
    "PDF",
    "PICTURES",
    "SECRECY_MARK",
    "TEXT",
    "ZIP_FAMILY",
    "Bar",
    "RetentionClass",
    "bars",
    "container_type",
    "kept_until",
    "mark_in_name",
    "media_type",
    "plain_name",
    "previewed",
    "secrecy_mark",
]

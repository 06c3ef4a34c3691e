"""The outside world: where bytes lie, the malware scanner, programs that convert and recognise."""

from quancheng.support.documents.adapters.programs import ProgramFailed, office, recognise, recogniser, to_pdf
from quancheng.support.documents.adapters.scanner import Clamd, NoScanner, Scanner, Verdict
from quancheng.support.documents.adapters.stores import Bucket, Folder, Store, draft, is_digest, local_copy

__all__ = [
    "Bucket",
    "Clamd",
    "Folder",
    "NoScanner",
    "ProgramFailed",
    "Scanner",
    "Store",
    "Verdict",
    "draft",
    "is_digest",
    "local_copy",
    "office",
    "recognise",
    "recogniser",
    "to_pdf",
]

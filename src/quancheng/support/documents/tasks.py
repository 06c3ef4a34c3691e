"""Rounds of documents: look into new files, scan again, throw away what nobody needs."""

from django.utils import timezone

from quancheng.kernel import tasks
from quancheng.support.documents.actions import looking, sweeping


@tasks.periodically(seconds=5)
def look_into_new() -> int:
    """Read what came in: text, pages, marks. A kill in the middle leaves the file for the next round."""
    return looking.look_into_new(at=timezone.now())


@tasks.periodically(seconds=60)
def scan_again() -> int:
    """Scan what came in while the scanner was away."""
    return looking.scan_again(at=timezone.now())


@tasks.periodically(seconds=3600)
def sweep() -> int:
    """Throw away abandoned uploads, drafts and files that no document took on."""
    return sweeping.sweep(at=timezone.now())

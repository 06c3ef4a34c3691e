"""What is wanting about documents: files in quarantine, a scanner that is missing or silent, a disk that fills up."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import config as site
from quancheng.kernel import posture
from quancheng.kernel.posture import Finding, Severity
from quancheng.support.documents.config import config
from quancheng.support.documents.models import StoredFile

LITTLE_ROOM: Final = 0.05


@posture.check("documents.quarantine", title=_("Files in quarantine"))
def quarantined(at: datetime) -> Iterator[Finding]:  # noqa: ARG001
    """Find files that malware or a secrecy mark brought into quarantine."""
    rows = StoredFile.objects.filter(quarantined_at__isnull=False)
    if first := rows.order_by("quarantined_at").first():
        yield Finding(
            Severity.CRITICAL,
            _("Files in quarantine: %(count)s.") % {"count": rows.count()},
            remedy=_("Find out how they came in; hand what carries a secrecy mark over offline."),
            url=f"{reverse('documents:list')}?state=unsafe",
            since=first.quarantined_at,
        )


@posture.check("documents.scanner", title=_("Malware scanner"))
def unscanned(at: datetime) -> Iterator[Finding]:  # noqa: ARG001
    """Find that there is no scanner, or that it did not answer for some files."""
    if not config.scanner:
        yield Finding(
            Severity.NOTICE,
            _("No malware scanner is configured."),
            key="none",
            remedy=_("Run clamd and set QC_DOCUMENTS_SCANNER."),
        )
    late = StoredFile.objects.filter(scan=StoredFile.Scan.UNREACHABLE)
    if first := late.order_by("scanned_at").first():
        yield Finding(
            Severity.SERIOUS,
            _("Files that came in while the scanner did not answer: %(count)s.") % {"count": late.count()},
            key="late",
            remedy=_("See that clamd runs; they are scanned again by themselves."),
            since=first.scanned_at,
        )


@posture.check("documents.room", title=_("Room for files"))
def room(at: datetime) -> Iterator[Finding]:  # noqa: ARG001
    """Find that the disk is nearly full."""
    usage = shutil.disk_usage(site.data_dir())
    if usage.free < LITTLE_ROOM * usage.total:
        yield Finding(
            Severity.SERIOUS,
            _("The disk with the site's files is nearly full: %(free)s GB are free.") % {"free": usage.free // 10**9},
            remedy=_("Give it more room; uploads that do not fit are refused."),
        )

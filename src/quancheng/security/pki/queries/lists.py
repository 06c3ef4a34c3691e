"""Revocation lists of this site's authority: complete, and what changed since (RFC 5280 section 5)."""

from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.db.models import Count, Max
from django.utils import timezone

from quancheng.security.pki import config
from quancheng.security.pki.engine import certificates
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Certificate

LASTS, RENEWED = timedelta(days=7), timedelta(hours=1)
DELTA_LASTS = timedelta(days=1)
_Latest = tuple[int, datetime | None]


def complete() -> bytes:
    """Return the complete CRL (DER) of this site's issuing authority; a revocation is on it at once."""
    now = timezone.now()
    return _complete(config.folder(), sites.load(at=now).issuing, _slot(now), _latest())


def delta() -> bytes:
    """Return the delta CRL (DER): what was revoked since the oldest complete CRL that is still valid."""
    now = timezone.now()
    return _delta(config.folder(), sites.load(at=now).issuing, _slot(now), _latest())


def _latest() -> _Latest:
    state = Certificate.objects.filter(revoked_at__isnull=False).aggregate(count=Count("id"), latest=Max("revoked_at"))
    return state["count"], state["latest"]


def _slot(now: datetime) -> int:
    return int(now.timestamp() // RENEWED.total_seconds())


def _number(slot: int, latest: datetime | None) -> int:
    """Return the CRL number: the microsecond of what changed last, so that every process counts alike."""
    begun = slot * int(RENEWED.total_seconds()) * 1_000_000
    return max(begun, int(latest.timestamp() * 1_000_000) if latest else 0)


@lru_cache(maxsize=4)
def _complete(_folder: Path, issuing: certificates.Authority, slot: int, latest: _Latest) -> bytes:
    return certificates.revocation_list(
        issuing,
        _revoked(issuing),
        at=timezone.now(),
        lasts=LASTS,
        number=_number(slot, latest[1]),
    )


@lru_cache(maxsize=4)
def _delta(_folder: Path, issuing: certificates.Authority, slot: int, latest: _Latest) -> bytes:
    lasts = int(LASTS.total_seconds() // RENEWED.total_seconds())
    base = _number(slot - lasts, None)
    return certificates.revocation_list(
        issuing,
        [item for item in _revoked(issuing) if item.at.timestamp() * 1_000_000 >= base],
        at=timezone.now(),
        lasts=DELTA_LASTS,
        number=_number(slot, latest[1]),
        base=base,
    )


def _revoked(issuing: certificates.Authority) -> list[certificates.Revoked]:
    rows = Certificate.objects.filter(
        revoked_at__isnull=False, authority__serial=certificates.serial_text(issuing.certificate)
    ).order_by("revoked_at", "serial")
    return [
        certificates.Revoked(int(row.serial, 16), row.revoked_at, row.revocation_reason)
        for row in rows
        if row.revoked_at is not None
    ]

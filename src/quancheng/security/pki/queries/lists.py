"""Revocation lists of this site's authority: complete, in parts, and what changed since (RFC 5280 section 5).

A part (shard) covers the certificates that name it: as many parts as are configured, and besides them those that older
certificates name. What is revoked is on its part and on the complete list, each with a delta of its own.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from quancheng.security.pki import config
from quancheng.security.pki.engine import certificates
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Certificate

LASTS, RENEWED = timedelta(days=7), timedelta(hours=1)
DELTA_LASTS = timedelta(days=1)
_Latest = tuple[int, datetime | None]
_Which = tuple[Path, int, bool]
_Version = tuple[certificates.Authority, int, _Latest]
# The newest of each list, as it was signed: nobody asks for an older one again.
_newest: dict[_Which, tuple[_Version, bytes]] = {}


def complete(shard: int = 0) -> bytes:
    """Return the CRL (DER) of this site's issuing authority, or of a shard; a revocation is on it at once."""
    return _kept(shard, delta=False)


def delta(shard: int = 0) -> bytes:
    """Return the delta CRL (DER): what was revoked since the oldest CRL of the same scope that is still valid."""
    return _kept(shard, delta=True)


def shards() -> int:
    """Return how many shards are published, 0 when the list is not split and no certificate names one."""
    count = config.settings().crl_shards
    last = Certificate.objects.filter(shard__gt=0).aggregate(last=Max("shard"))["last"] or 0
    return max(last, count if count > 1 else 0)


def called(name: str, authority: str) -> bytes | None:
    """Return the list (DER) of that name in addresses, None if the authority of that name publishes no such list."""
    found = re.fullmatch(rf"{re.escape(authority)}(?:-([1-9][0-9]{{0,2}}))?({certificates.DELTA})?", name)
    if found is None:
        return None
    shard = int(found[1] or 0)
    if shard and shard > shards():
        return None
    return _kept(shard, delta=found[2] is not None)


def _within(shard: int) -> QuerySet[Certificate]:
    """Return the certificates in the scope of a list; the first condition is that of the index."""
    rows = Certificate.objects.all()
    return rows.filter(shard__gt=0, shard=shard) if shard else rows


def _latest(shard: int) -> _Latest:
    state = _within(shard).filter(revoked_at__isnull=False).aggregate(count=Count("id"), latest=Max("revoked_at"))
    return state["count"], state["latest"]


def _slot(now: datetime) -> int:
    return int(now.timestamp() // RENEWED.total_seconds())


def _number(slot: int, latest: datetime | None) -> int:
    """Return the CRL number: the microsecond of what changed last, so that every process counts alike."""
    begun = slot * int(RENEWED.total_seconds()) * 1_000_000
    return max(begun, int(latest.timestamp() * 1_000_000) if latest else 0)


def _kept(shard: int, *, delta: bool) -> bytes:
    now = timezone.now()
    which, version = (config.folder(), shard, delta), (sites.load(at=now).issuing, _slot(now), _latest(shard))
    found = _newest.get(which)
    if found is None or found[0] != version:
        found = _newest[which] = version, _made(*version, shard=shard, delta=delta)
    return found[1]


def _made(issuing: certificates.Authority, slot: int, latest: _Latest, *, shard: int, delta: bool) -> bytes:
    revoked, base = _revoked(issuing, shard), None
    if delta:
        base = _number(slot - int(LASTS.total_seconds() // RENEWED.total_seconds()), None)
        revoked = [item for item in revoked if item.at.timestamp() * 1_000_000 >= base]
    return certificates.revocation_list(
        issuing,
        revoked,
        at=timezone.now(),
        lasts=DELTA_LASTS if delta else LASTS,
        number=_number(slot, latest[1]),
        base=base,
        shard=shard,
    )


def _revoked(issuing: certificates.Authority, shard: int) -> list[certificates.Revoked]:
    rows = (
        _within(shard)
        .filter(revoked_at__isnull=False, authority__serial=certificates.serial_text(issuing.certificate))
        .order_by("revoked_at", "serial")
    )
    return [
        certificates.Revoked(int(row.serial, 16), row.revoked_at, row.revocation_reason)
        for row in rows
        if row.revoked_at is not None
    ]

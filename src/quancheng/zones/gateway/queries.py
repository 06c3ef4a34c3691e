"""What the books of the border say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from .engine import faults
from .models import Alarm, IncomingBundle, OutgoingBundle, Quarantined, Wanted

ZONES = {"extranet": _("extranet"), "intranet": _("intranet"), "all": _("both zones")}


def zone_title(name: str) -> str:
    """Return what people call a zone; the name itself if it is none of ours."""
    return str(ZONES.get(name, name))


@dataclass(frozen=True, slots=True)
class BundleView:
    """One bundle of either direction. `state`: sent, acknowledged, waiting or applied."""

    direction: str
    zone: str
    sequence: int
    digest: str
    size: int
    messages: int
    files: int
    created_at: datetime
    finished_at: datetime | None
    state: str
    sendings: int = 1


@dataclass(frozen=True, slots=True)
class RefusedView:
    id: int
    file: str
    digest: str
    fault: str
    title: str
    detail: str
    at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class AlarmView:
    id: int
    code: str
    title: str
    detail: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class Border:
    """The state of the border at a glance."""

    sent: int
    unacknowledged: int
    applied: int
    missing: tuple[int, ...]
    open_alarms: int


def border() -> Border:
    return Border(
        sent=OutgoingBundle.objects.count(),
        unacknowledged=OutgoingBundle.objects.filter(acknowledged_at=None, messages__gt=0).count(),
        applied=IncomingBundle.objects.filter(applied_at__isnull=False).count(),
        missing=tuple(Wanted.objects.values_list("sequence", flat=True)),
        open_alarms=Alarm.objects.filter(closed_at=None).count(),
    )


def outgoing(limit: int = 50) -> tuple[BundleView, ...]:
    """Return the latest bundles sent, newest first."""
    return tuple(
        BundleView(
            direction="out",
            zone=zone_title(row.receiver),
            sequence=row.sequence,
            digest=row.digest,
            size=row.size,
            messages=row.messages,
            files=row.files,
            created_at=row.created_at,
            finished_at=row.acknowledged_at,
            state="acknowledged" if row.acknowledged_at else "sent",
            sendings=row.sendings,
        )
        for row in OutgoingBundle.objects.order_by("-sequence")[:limit]
    )


def incoming(limit: int = 50) -> tuple[BundleView, ...]:
    """Return the latest bundles received, newest first."""
    return tuple(
        BundleView(
            direction="in",
            zone=zone_title(row.sender),
            sequence=row.sequence,
            digest=row.digest,
            size=row.size,
            messages=row.messages,
            files=row.files,
            created_at=row.received_at,
            finished_at=row.applied_at,
            state="applied" if row.applied_at else "waiting",
        )
        for row in IncomingBundle.objects.order_by("-sequence")[:limit]
    )


def refused(limit: int = 50) -> tuple[RefusedView, ...]:
    """Return the quarantined files, latest first."""
    return tuple(
        RefusedView(
            item.pk, item.file, item.digest, item.fault, faults.title_of(item.fault), item.detail, item.at, item.times
        )
        for item in Quarantined.objects.order_by("-at", "-pk")[:limit]
    )


def alarms(limit: int = 50) -> tuple[AlarmView, ...]:
    """Return the open alarms, latest first."""
    return tuple(
        AlarmView(item.pk, item.code, faults.title_of(item.code), item.detail, item.raised_at)
        for item in Alarm.objects.filter(closed_at=None).order_by("-raised_at", "-pk")[:limit]
    )

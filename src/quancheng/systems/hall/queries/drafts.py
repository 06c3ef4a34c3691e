"""What a citizen is still writing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from quancheng.security.pmi import public as pmi
from quancheng.systems.hall import rules
from quancheng.systems.hall.models import Draft
from quancheng.systems.hall.queries import services
from quancheng.systems.hall.queries.submissions import NoSuchThing


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An uploaded file; `size` in bytes."""

    code: str
    digest: str
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A draft with what it still needs."""

    id: UUID
    owner: str
    service: services.ServiceView
    answers: Mapping[str, Any]
    form: Mapping[str, Any]
    files: tuple[File, ...]
    page: int
    sources: Mapping[str, Any]
    prefill_requested_at: datetime | None
    prefill_delivered_at: datetime | None
    updated_at: datetime
    expires_on: date
    needed: tuple[rules.Needed, ...]
    missing: tuple[rules.Needed, ...]

    @property
    def is_prefill_pending(self) -> bool:
        return self.prefill_requested_at is not None and self.prefill_delivered_at is None


def view(row: Draft) -> DraftView:
    """Return the row as others see it."""
    needed = rules.needed_materials(row.service.guide.get("materials") or (), answers=row.answers, form=row.form)
    files = tuple(File(**item) for item in row.files)
    return DraftView(
        id=row.id,
        owner=row.owner,
        service=services.view(row.service),
        answers=row.answers,
        form=row.form,
        files=files,
        page=row.page,
        sources=row.sources,
        prefill_requested_at=row.prefill_requested_at,
        prefill_delivered_at=row.prefill_delivered_at,
        updated_at=row.updated_at,
        expires_on=row.expires_on,
        needed=needed,
        missing=rules.missing_materials(needed, (file.code for file in files)),
    )


def draft(*, draft_id: UUID) -> DraftView:
    """Return a draft. :raises NoSuchThing: if it was discarded, lodged or never there."""
    row = Draft.objects.select_related("service").filter(pk=draft_id).first()
    if row is None:
        raise NoSuchThing
    return view(row)


def drafts(*, actor: pmi.Actor, today: date) -> tuple[DraftView, ...]:
    """Return the owner's drafts that are still kept, last changed first."""
    rows = (
        Draft.objects.select_related("service")
        .filter(pmi.visible(actor, "hall.draft.save", owner="owner", open_to=("citizen",)), expires_on__gt=today)
        .order_by("-updated_at")
    )
    return tuple(view(row) for row in rows)


@dataclass(frozen=True, slots=True)
class EndingDraft:
    """A draft that is deleted on `expires_on` unless somebody goes on with it."""

    id: UUID
    owner: str
    title: str
    expires_on: date


def ending_drafts(*, today: date, days: int) -> tuple[EndingDraft, ...]:
    """Return the drafts that are deleted within so many days and hold something."""
    rows = Draft.objects.filter(expires_on__gt=today, expires_on__lte=today + timedelta(days=days))
    listed = rows.exclude(form={}, files=[]).order_by("expires_on", "pk")
    return tuple(EndingDraft(*row) for row in listed.values_list("pk", "owner", "service__title", "expires_on"))


def has_expired_drafts(*, today: date) -> bool:
    """Test whether drafts are there whose time is over."""
    return Draft.objects.filter(expires_on__lte=today).exists()

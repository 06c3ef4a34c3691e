"""Writing an application: start, save, attach, ask the registries, discard."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, BinaryIO, ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.centres.catalogue import public as catalogue
from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.eforms import public as eforms
from quancheng.support.notifications import public as notifications
from quancheng.systems.hall import queries, rules
from quancheng.systems.hall.actions import files
from quancheng.systems.hall.config import config
from quancheng.systems.hall.models import Draft, Service, Submission

ASK_AGAIN_AFTER = timedelta(minutes=2)


class AlreadyLodged(Refusal):
    """The draft was submitted in the meantime, perhaps in another window."""

    code: ClassVar[str] = "hall.already-lodged"
    message = _("This application has been submitted already. You find it under “My affairs”.")


class Expired(Refusal):
    """The draft was not touched for as long as drafts are kept."""

    code: ClassVar[str] = "hall.draft-expired"
    message = _("This draft was not changed for a long time and is no longer kept. Please start again.")


def of_draft(*, draft_id: UUID, **_wishes: Any) -> pmi.Target:
    """Return whose draft is touched."""
    return pmi.Target(owner=queries.owner_of(draft_id=draft_id), subjects=(f"draft:{draft_id}",))


def open_draft(*, draft_id: UUID) -> Draft:
    """Return the draft, locked. :raises AlreadyLodged: :raises queries.NoSuchThing:"""
    row = Draft.objects.select_for_update(of=("self",)).select_related("service").filter(pk=draft_id).first()
    if row is None:
        if Submission.objects.filter(draft_token=draft_id).exists():
            raise AlreadyLodged
        raise queries.NoSuchThing
    return row


def _touch(row: Draft, at: datetime, *changed: str) -> None:
    row.updated_at = at
    row.expires_on = rules.draft_expires(on=timezone.localdate(at), days=config.draft_days)
    row.save(update_fields=[*changed, "updated_at", "expires_on"])


@pmi.action("hall.draft.start", open_to=("citizen",))
def start_draft(*, actor: pmi.Actor, service_code: str, answers: Mapping[str, Any], at: datetime) -> UUID:
    """Start an application and return its id; an untouched draft for the same service and answers is taken up again.

    :raises queries.NoSuchService: if the service is not offered.
    """
    offered = queries.service(code=service_code)
    kept = rules.kept_answers(offered.questions, answers)
    fresh = Draft.objects.filter(owner=actor.id, service=offered.pk, form={}, files=[], answers=kept).first()
    if fresh is not None:
        _touch(fresh, at)
        return fresh.pk
    row = Draft.objects.create(
        owner=actor.id,
        service=Service.objects.get(pk=offered.pk),
        answers=kept,
        created_at=at,
        updated_at=at,
        expires_on=rules.draft_expires(on=timezone.localdate(at), days=config.draft_days),
    )
    return row.pk


@pmi.action("hall.draft.save", open_to=("citizen",), scope=of_draft)
def save_draft(*, actor: pmi.Actor, draft_id: UUID, values: Mapping[str, Any], page: int, at: datetime) -> None:
    """Keep the values of one page. Only the fields given are touched, so two windows on two pages do not undo each
    other. A field that the citizen changed is no longer said to come from a registry.

    :raises AlreadyLodged: if the application was submitted meanwhile.
    """
    row = open_draft(draft_id=draft_id)
    known = eforms.load(row.service.form).fields
    given = {field: events.plain(value) for field, value in values.items() if field in known}
    row.sources = {
        field: source
        for field, source in row.sources.items()
        if field not in given or given[field] == row.form.get(field)
    }
    row.form, row.page = {**row.form, **given}, page
    _touch(row, at, "form", "page", "sources")


def attach(
    *,
    actor: pmi.Actor,
    draft_id: UUID,
    code: str,
    content: BinaryIO,
    name: str,
    media_type: str,
    size: int,
    at: datetime,
) -> str:
    """Keep a file for one of the needed materials and return its digest.

    :raises files.UnknownMaterial: :raises files.WrongType: :raises files.TooLarge: :raises AlreadyLodged:
    """
    received = files.receive(actor=actor, content=content, name=name, media_type=media_type, size=size)
    return _attach(actor=actor, draft_id=draft_id, code=code, received=received, at=at)


@pmi.action("hall.draft.attach", open_to=("citizen",), scope=of_draft)
def _attach(*, actor: pmi.Actor, draft_id: UUID, code: str, received: files.Received, at: datetime) -> str:
    row = open_draft(draft_id=draft_id)
    needed = rules.needed_materials(row.service.guide.get("materials") or (), answers=row.answers, form=row.form)
    if code not in {item.code for item in needed}:
        raise files.UnknownMaterial
    file = files.take(received, code=code, held=row.files)
    row.files = files.with_file(row.files, file)
    _touch(row, at, "files")
    return file["digest"]


@pmi.action("hall.draft.detach", open_to=("citizen",), scope=of_draft)
def detach(*, actor: pmi.Actor, draft_id: UUID, code: str, digest: str, at: datetime) -> None:
    """Take a file out of the draft. :raises AlreadyLodged:"""
    row = open_draft(draft_id=draft_id)
    row.files = files.without_file(row.files, code=code, digest=digest)
    _touch(row, at, "files")


@pmi.action("hall.draft.discard", open_to=("citizen",), scope=of_draft)
def discard_draft(*, actor: pmi.Actor, draft_id: UUID) -> None:
    """Throw a draft away. :raises AlreadyLodged:"""
    open_draft(draft_id=draft_id).delete()


@pmi.action("hall.draft.request-items", open_to=("citizen",), scope=of_draft)
def request_items(*, actor: pmi.Actor, draft_id: UUID, subject: str, at: datetime) -> None:
    """Ask the registries, with the citizen's agreement, for the data that the form can take from them.

    `subject` is the citizen's identity number. Asked again only when two minutes brought no answer.

    :raises AlreadyLodged: if the application was submitted meanwhile.
    """
    row = open_draft(draft_id=draft_id)
    items = tuple(sorted(set(rules.catalogue_items(row.service.form).values())))
    pending = row.prefill_requested_at is not None and at - row.prefill_requested_at < ASK_AGAIN_AFTER
    if not items or row.prefill_delivered_at is not None or pending:
        return
    row.prefill_request = catalogue.request(actor=actor, items=items, subject=subject, purpose=row.service.title)
    row.prefill_requested_at = at
    _touch(row, at, "prefill_request", "prefill_requested_at")


@pmi.action("hall.draft.deliver-items")
def deliver_items(
    *, actor: pmi.Actor, request_id: str, items: Mapping[str, Any], sources: Mapping[str, Any], at: datetime
) -> None:
    """Fill what the registries delivered into the fields that are still empty; what the citizen wrote stays.

    An answer to a draft that is gone, or a second answer, changes nothing.
    """
    row = (
        Draft.objects.select_for_update(of=("self",)).select_related("service").filter(prefill_request=request_id)
    ).first()
    if row is None or row.prefill_delivered_at is not None:
        return
    for field, item in rules.catalogue_items(row.service.form).items():
        if items.get(item) not in (None, "") and row.form.get(field) in (None, ""):
            row.form[field] = items[item]
            # Of a list each row has its source, so that rows which the citizen adds do not take it from the others.
            rows = [f"{field}.{number}" for number in range(len(items[item]))] if isinstance(items[item], list) else []
            row.sources |= dict.fromkeys(rows or [field], sources.get(item) or {})
    row.prefill_delivered_at = at
    row.save(update_fields=["form", "sources", "prefill_delivered_at"])


@pmi.action("hall.draft.forget-expired")
def forget_expired(*, actor: pmi.Actor, at: datetime) -> int:
    """Delete drafts whose time is over and return how many."""
    _total, by_model = Draft.objects.filter(expires_on__lte=timezone.localdate(at)).delete()
    return by_model.get(Draft._meta.label, 0)


@pmi.action("hall.draft.warn-expiring")
def warn_expiring(*, actor: pmi.Actor, at: datetime) -> int:
    """Tell the owners of drafts that soon end, each once for an end; return to how many it was told."""
    today = timezone.localdate(at)
    ending = queries.ending_drafts(today=today, days=config.draft_notice_days)
    for row in ending:
        notifications.notify(
            to=row.owner,
            kind="hall.draft-expiring",
            facts={"title": row.title, "day": row.expires_on, "days": config.draft_days},
            url=reverse("hall:draft", args=[row.id]),
            key=f"hall.draft-expiring:{row.id}:{row.expires_on.isoformat()}",
            at=at,
        )
    return len(ending)

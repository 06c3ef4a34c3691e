"""How long documents stay: retention, legal holds, and destroying with a line in the register."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import rules
from quancheng.support.documents.actions.documents import _locked
from quancheng.support.documents.actions.sweeping import forget_unused
from quancheng.support.documents.models import Destruction, Hold, Version
from quancheng.support.documents.queries.documents import place
from quancheng.support.documents.queries.retention import retention_classes


class UnknownClass(Refusal):
    code = "documents.unknown-class"
    status = 422
    message = _("There is no such class of retention.")


class Shortened(Refusal):
    """Retention that runs is not cut short by choosing another class."""

    code = "documents.retention-shortened"
    message = _("The document is to be kept until %(until)s; retention may be made longer, never shorter.")


class ClosedLater(Refusal):
    code = "documents.closed-in-future"
    status = 422
    message = _("A document cannot have been closed on a day that is still to come.")


class AlreadyHeld(Refusal):
    code = "documents.already-held"
    message = _("A legal hold on this basis stands already.")


class NoHold(Refusal):
    code = "documents.no-hold"
    status = 404
    message = _("There is no such legal hold, or it was lifted before.")


class MayNotGo(Refusal):
    """Lock, hold or retention stand against destroying."""

    code = "documents.may-not-go"
    message = _("The document may not be destroyed: %(why)s.")


class NoReason(Refusal):
    code = "documents.no-reason"
    status = 422
    message = _("Say why.")


WHY = {
    "HELD": _("a legal hold stands"),
    "CHECKED_OUT": _("somebody has checked it out"),
    "PERMANENT": _("it is kept for ever"),
    "NOT_BEGUN": _("its retention has not begun, as it was never closed"),
    "RUNNING": _("its retention still runs"),
}


@pmi.action("documents.retention.set", scope=place)
def set_retention(*, actor: pmi.Actor, document_id: UUID, retention: str, closed_on: date | None, at: datetime) -> None:
    """Say how long the document is kept, counted from when its matter was closed.

    :raises UnknownClass: :raises ClosedLater: :raises Shortened: when it would end before it does now.
    """
    kind = retention_classes().get(retention)
    if kind is None:
        raise UnknownClass
    if closed_on and closed_on > timezone.localdate(at):
        raise ClosedLater
    item = _locked(document_id)
    before = retention_classes().get(item.retention)
    until = rules.kept_until(before, item.closed_on)
    after = rules.kept_until(kind, closed_on)
    if before and before.years is None and kind.years is not None:
        raise Shortened(until=_("for ever"))
    if until and until >= timezone.localdate(at) and after and after < until:
        raise Shortened(until=until.isoformat())
    item.retention, item.closed_on = kind.code, closed_on
    item.save(update_fields=["retention", "closed_on"])


@pmi.action("documents.hold.place", scope=place)
def place_hold(*, actor: pmi.Actor, document_id: UUID, basis: str, reason: str, at: datetime) -> int:
    """Hold the document for a proceeding and return the hold's number. :raises NoReason: :raises AlreadyHeld:"""
    basis, reason = basis.strip()[:200], reason.strip()[:500]
    if not basis or not reason:
        raise NoReason
    item = _locked(document_id)
    if item.holds.filter(basis=basis, lifted_at=None).exists():
        raise AlreadyHeld
    hold = Hold.objects.create(
        document=item, basis=basis, reason=reason, placed_by=actor.id, placed_by_name=actor.name, placed_at=at
    )
    return hold.pk


@pmi.action("documents.hold.lift", scope=place)
def lift_hold(*, actor: pmi.Actor, document_id: UUID, hold_id: int, reason: str, at: datetime) -> None:
    """Lift a hold. :raises NoReason: :raises NoHold: when there is none, or it was lifted before."""
    if not (reason := reason.strip()[:500]):
        raise NoReason
    changed = Hold.objects.filter(pk=hold_id, document=document_id, lifted_at=None).update(
        lifted_at=at, lifted_by_name=actor.name, lifted_why=reason
    )
    if not changed:
        raise NoHold


def _with_its_files(*, document_id: UUID, **_wishes: Any) -> pmi.Target:
    """Name the destroyed content by its digests in the trail, so that it can be told later what was destroyed."""
    target = place(document_id=document_id)
    digests = Version.objects.filter(document=document_id).order_by("number").values_list("file_id", flat=True)
    files = tuple(f"file:{digest}" for digest in dict.fromkeys(digests))
    return pmi.Target(target.organisation, target.owner, target.subjects + files[:20])


@pmi.action("documents.document.destroy", scope=_with_its_files, step_up=True)
def destroy(*, actor: pmi.Actor, document_id: UUID, reason: str, at: datetime) -> None:
    """Destroy a document with all its versions; what stays is a line in the register and the entry in the trail.

    档案法 (2020) 第二十一条 forbids destroying without authority; 档案法实施条例 (2024) 第二十四条 has what is to go
    appraised first: `reason` says by which appraisal. Bytes that others name too stay.

    :raises NoReason: :raises MayNotGo: while lock, hold or retention stand against it.
    """
    if not (reason := reason.strip()[:500]):
        raise NoReason
    item = _locked(document_id)
    barred = rules.bars(
        retention_classes().get(item.retention),
        since=item.closed_on,
        today=timezone.localdate(at),
        held=item.holds.filter(lifted_at=None).exists(),
        checked_out=bool(item.locked_by),
    )
    if barred:
        raise MayNotGo(why=WHY[barred[0].value])
    digests = list(item.versions.order_by("number").values_list("file_id", flat=True))
    Destruction.objects.create(
        document=item.pk,
        title=item.title,
        organisation=item.organisation,
        retention=item.retention,
        digests=digests,
        reason=reason,
        destroyed_by=actor.id,
        destroyed_by_name=actor.name,
        destroyed_at=at,
    )
    item.current = None
    item.save(update_fields=["current"])
    item.holds.all().delete()
    item.delete()
    transaction.on_commit(lambda: forget_unused(digests))

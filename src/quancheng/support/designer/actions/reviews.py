"""The way of a design: submitted, reviewed by somebody else, published through the engines' own deployment."""

from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.designer import queries
from quancheng.support.designer.actions.designs import Stale, locked, place
from quancheng.support.designer.engine import checking, texts
from quancheng.support.designer.models import Design, Review
from quancheng.support.dmn import public as dmn
from quancheng.support.workflow import public as workflow


class Faulty(Refusal):
    code = "designer.faulty"
    status = 422
    message = _("It cannot be put to work as it is: %(faults)s")


class NothingNew(Refusal):
    code = "designer.nothing-new"
    message = _("This is what has been published already; there is nothing to review.")


class NotADraft(Refusal):
    code = "designer.not-a-draft"
    message = _("This design has been submitted already.")


class NotInReview(Refusal):
    code = "designer.not-in-review"
    message = _("This design does not wait for review any more.")


class NotApproved(Refusal):
    code = "designer.not-approved"
    message = _("This design has not been approved, or it has been published already.")


class OwnDesign(Refusal):
    code = "designer.own-design"
    status = 403
    message = _("You have worked on this design yourself, so somebody else must review it.")


class NoReasons(Refusal):
    code = "designer.no-reasons"
    status = 422
    message = _("Say why it is sent back.")


class OvertakenMeanwhile(Refusal):
    code = "designer.overtaken"
    message = _(
        "Version %(version)s of “%(key)s” has been put to work since this was reviewed. Send it back and compare anew."
    )


@pmi.action("designer.design.submit", scope=place)
def submit(*, actor: pmi.Actor, design_id: int, base: int, at: datetime, note: str = "") -> int:
    """Submit the current revision, which the actor saw as `base`, for review; return the review's number.

    :raises NotADraft: :raises Stale: :raises Faulty: naming the first faults. :raises NothingNew:
    """
    design = locked(design_id)
    if design.state not in (Design.State.DRAFT, Design.State.SENT_BACK) or design.current is None:
        raise NotADraft
    if design.current.number != base:
        raise Stale(number=design.current.number, who=design.current.author_name)
    _faultless(design)
    now = queries.published(design)
    if now.text == design.current.content:
        raise NothingNew
    review = Review.objects.create(
        design=design, revision=design.current, against=now.version, asked_by=actor.id,
        asked_by_name=actor.name[:100], asked_at=at, note=" ".join(note.split())[:500],
    )  # fmt: skip
    _to(design, Design.State.REVIEW, at)
    return review.pk


@pmi.action("designer.design.submit", scope=place)
def withdraw(*, actor: pmi.Actor, design_id: int, at: datetime) -> None:
    """Take a design back from review, or from publication, to change it. :raises NotInReview:"""
    design = locked(design_id)
    if design.state not in (Design.State.REVIEW, Design.State.APPROVED):
        raise NotInReview
    _decide(design, Review.Outcome.WITHDRAWN, actor, at)
    _to(design, Design.State.DRAFT, at)


@pmi.action("designer.design.review", scope=place)
def approve(*, actor: pmi.Actor, design_id: int, base: int, at: datetime, reasons: str = "") -> None:
    """Approve the revision `base`, which the actor has looked at.

    :raises NotInReview: :raises OwnDesign: :raises Stale: if another one waits by now. :raises Faulty:
    """
    design = _reviewable(actor, design_id, base)
    _faultless(design)
    _decide(design, Review.Outcome.APPROVED, actor, at, reasons=reasons)
    _to(design, Design.State.APPROVED, at)


@pmi.action("designer.design.review", scope=place)
def send_back(*, actor: pmi.Actor, design_id: int, base: int, reasons: str, at: datetime) -> None:
    """Send the revision `base`, which the actor has looked at, back to those who work on the design.

    :raises NotInReview: :raises OwnDesign: :raises Stale: if another one waits by now. :raises NoReasons:
    """
    design = _reviewable(actor, design_id, base)
    if not reasons.strip():
        raise NoReasons
    _decide(design, Review.Outcome.SENT_BACK, actor, at, reasons=reasons)
    _to(design, Design.State.SENT_BACK, at)


def _published_at(*, design_id: int, **_wishes: object) -> pmi.Target:
    return queries.publishing_target(design_id)


@pmi.action("designer.design.publish", scope=_published_at)
def publish(*, actor: pmi.Actor, design_id: int, at: datetime) -> int:
    """Put an approved design to work as a new version and return its number; running cases stay on theirs.

    What a system runs on is published by who may do so at the city, everything else by who may where it belongs.

    :raises NotApproved: :raises OvertakenMeanwhile: :raises OtherKey: :raises Refusal: as the engines' `deploy`.
    """
    design = locked(design_id)
    review = Review.objects.filter(design=design).order_by("-pk").select_related("revision").first()
    if design.state != Design.State.APPROVED or review is None or review.outcome != Review.Outcome.APPROVED:
        raise NotApproved
    before = queries.published(design)
    if before.version != review.against:
        raise OvertakenMeanwhile(version=before.version, key=design.key)
    review.version, review.definition = _deployed(design, review.revision.content)
    review.published_by_name, review.published_at = actor.name[:100], at
    review.save(update_fields=["version", "definition", "published_by_name", "published_at"])
    _to(design, Design.State.PUBLISHED, at)
    return review.version


def _deployed(design: Design, text: str) -> tuple[int, int | None]:
    """Return the version a text became and the row of its definition."""
    if design.kind == Design.Kind.PROCESS:
        process = workflow.deploy(queries.system_of(design) or design.app_label, text)
        # A file may hold several processes; what is executable in it must be what was reviewed under this key.
        if process.key != design.key:
            raise texts.OtherKey(found=process.key, key=design.key)
        return process.version, process.id
    if design.kind == Design.Kind.DECISION:
        model = dmn.deploy(queries.system_of(design) or design.app_label, text)
        return model.version, model.id
    last = Review.objects.filter(design=design).aggregate(last=Max("version"))["last"] or 0
    return last + 1, None


def _reviewable(actor: pmi.Actor, design_id: int, base: int) -> Design:
    design = locked(design_id)
    if design.state != Design.State.REVIEW or design.current is None:
        raise NotInReview
    if actor.id in queries.authors(design):
        raise OwnDesign
    # It may have been taken back, changed and submitted anew while the reviewer was reading.
    if design.current.number != base:
        raise Stale(number=design.current.number, who=design.current.author_name)
    return design


def _faultless(design: Design) -> None:
    text = design.current.content if design.current else ""
    faults = [fault for fault in checking.check(design.kind, text) if fault.is_fault]
    if faults:
        told = "; ".join(f"{fault.name}: {fault.sentence}" if fault.name else fault.sentence for fault in faults[:3])
        raise Faulty(faults=told)


def _decide(design: Design, outcome: str, actor: pmi.Actor, at: datetime, *, reasons: str = "") -> None:
    open_or_approved = Review.objects.filter(design=design, version=None).order_by("-pk")
    review = open_or_approved.first()
    if review is None:
        raise NotInReview
    review.outcome, review.decided_by, review.decided_by_name = outcome, actor.id, actor.name[:100]
    review.decided_at, review.reasons = at, reasons.strip()[:4000]
    review.save(update_fields=["outcome", "decided_by", "decided_by_name", "decided_at", "reasons"])


def _to(design: Design, state: str, at: datetime) -> None:
    design.state, design.changed_at = state, at
    design.save(update_fields=["state", "changed_at"])


def published_versions(kind: str, key: str) -> frozenset[int]:
    """Return which versions of a process or decision model came from a design."""
    found = Review.objects.filter(design__kind=kind, design__key=key, version__isnull=False)
    return frozenset(number for number in found.values_list("version", flat=True) if number)

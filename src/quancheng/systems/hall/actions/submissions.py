"""Lodging and withdrawing."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import public as calendar
from quancheng.support.documents import public as documents
from quancheng.support.eforms import public as eforms
from quancheng.systems.hall import queries, rules
from quancheng.systems.hall.actions.drafts import AlreadyLodged, of_draft, open_draft
from quancheng.systems.hall.events import SubmissionLodged, WithdrawalLodged
from quancheng.systems.hall.models import DayCounter, Material, Submission

ACCEPTANCE_RULE = "CN-AL-32-correction"
"""Five working days to ask once for corrections; silence counts as acceptance (Administrative Licensing Law, 32)."""


class Incomplete(Refusal):
    """Something is still missing or wrong; `errors` {field: [sentence]}, `missing` titles of materials."""

    code: ClassVar[str] = "hall.incomplete"
    message = _("The application is not complete yet. Everything you entered has been kept.")
    status: ClassVar[int] = 400

    def __init__(self, *, errors: Mapping[str, Any] | None = None, missing: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.errors, self.missing = errors or {}, missing


class NotConfirmed(Refusal):
    """The statement of truth was not confirmed."""

    code: ClassVar[str] = "hall.not-confirmed"
    message = _("Please confirm that what you state is true before you submit.")
    status: ClassVar[int] = 400


class NotIdentified(Refusal):
    """The account has no verified identity, which an application needs."""

    code: ClassVar[str] = "hall.not-identified"
    message = _("Please complete your real-name identification before you submit an application.")
    status: ClassVar[int] = 403


class NoLongerOffered(Refusal):
    """The service was withdrawn, or a new version replaced the one that the draft follows."""

    code: ClassVar[str] = "hall.no-longer-offered"
    message = _("This service has changed since you started. Please start again; your files can be uploaded again.")


class TooLateToWithdraw(Refusal):
    """The decision has been made, or withdrawal was asked for before."""

    code: ClassVar[str] = "hall.too-late-to-withdraw"
    message = _("This application can no longer be withdrawn.")


def of_submission(*, submission_id: UUID, **_wishes: Any) -> pmi.Target:
    """Return whose submission is touched."""
    return pmi.Target(owner=queries.owner_of(submission_id=submission_id), subjects=(f"submission:{submission_id}",))


def next_serial(day: date) -> int:
    """Return the day's next serial. The updated row stays locked until the transaction ends, so none is given twice."""
    DayCounter.objects.get_or_create(day=day)
    DayCounter.objects.filter(day=day).update(last=F("last") + 1)
    return DayCounter.objects.values_list("last", flat=True).get(day=day)


def acceptance_due(day: date) -> dict[str, Any]:
    """Return when the office must have answered and why then: {due_on, days, rule, law, article, excluded, …}."""
    due, rule = calendar.due(rule=ACCEPTANCE_RULE, start=day), calendar.rule(ACCEPTANCE_RULE)
    return {
        "rule": rule.code,
        "law": str(rule.law),
        "article": str(rule.article),
        "days": rule.n,
        "started_on": day.isoformat(),
        "due_on": due.date.isoformat(),
        "provisional": due.provisional,
        "rule_title": str(rule.title),
        "start_event": str(rule.start_event),
        "unit": rule.unit,
        "basis": rule.basis,
        "on_expiry": rule.on_expiry,
        "excluded": events.plain(due.excluded),
    }


@pmi.action("hall.submission.lodge", open_to=("citizen",), scope=of_draft)
def lodge(*, actor: pmi.Actor, draft_id: UUID, applicant: Mapping[str, Any], confirmed: bool, at: datetime) -> UUID:
    """Submit a draft and return the submission's id. The draft is the token: submitting it again returns the same one.

    Everything is checked again here; nothing that the browser was told counts. `applicant` {name, identity_number,
    mobile} comes from the account.

    :raises NotConfirmed: :raises NotIdentified: :raises NoLongerOffered:
    :raises Incomplete: if a field or a material is missing or wrong.
    """
    try:
        draft = open_draft(draft_id=draft_id)
    except AlreadyLodged:
        return Submission.objects.values_list("pk", flat=True).get(draft_token=draft_id)
    if not confirmed:
        raise NotConfirmed
    if not applicant.get("identity_number"):
        raise NotIdentified
    if draft.service.withdrawn_at is not None:
        raise NoLongerOffered
    bound = eforms.load(draft.service.form).bind(draft.form, initial=draft.form, context=draft.answers)
    errors = {} if bound.is_valid() else bound.errors
    needed = rules.needed_materials(draft.service.guide.get("materials") or (), answers=draft.answers, form=draft.form)
    titles = {item.code: item.title for item in needed}
    held = [item for item in draft.files if item["code"] in titles and documents.exists(item["digest"])]
    missing = rules.missing_materials(needed, (item["code"] for item in held))
    unanswered = rules.next_question(draft.service.questions, draft.answers)
    if errors or missing or unanswered:
        raise Incomplete(errors=errors, missing=tuple(item.title for item in missing))
    day = timezone.localdate(at)
    serial = next_serial(day)
    row = Submission.objects.create(
        draft_token=draft.pk,
        day=day,
        serial=serial,
        number=rules.number(day=day, serial=serial),
        owner=actor.id,
        applicant=dict(applicant),
        service=draft.service,
        answers=draft.answers,
        form=bound.as_data,
        lodged_at=at,
        acceptance=acceptance_due(day),
    )
    materials = [
        Material(
            submission=row,
            code=item["code"],
            title=titles[item["code"]],
            name=item["name"],
            digest=item["digest"],
            media_type=item["media_type"],
            size=item["size"],
        )
        for item in held
    ]
    Material.objects.bulk_create(materials)
    draft.delete()
    events.publish(
        SubmissionLodged(
            submission_id=str(row.pk),
            number=row.number,
            service_code=row.service.code,
            service_version=row.service.version,
            applicant={"actor_id": actor.id, **applicant},
            answers=row.answers,
            form=row.form,
            materials=[described(item) for item in materials],
            lodged_at=at.isoformat(),
            files=tuple(sorted({item.digest for item in materials})),
        )
    )
    return row.pk


def described(material: Material) -> dict[str, Any]:
    """Return a material as the service protocol names it."""
    return {
        "code": material.code,
        "title": material.title,
        "name": material.name,
        "digest": material.digest,
        "media_type": material.media_type,
        "size": material.size,
    }


@pmi.action("hall.submission.withdraw", open_to=("citizen",), scope=of_submission)
def withdraw(*, actor: pmi.Actor, submission_id: UUID, reason: str, at: datetime) -> None:
    """Ask to withdraw; the office ends the matter and reports it. :raises TooLateToWithdraw:"""
    row = Submission.objects.select_for_update().get(pk=submission_id)
    if row.state not in rules.OPEN_STATES or row.withdrawn_at is not None:
        raise TooLateToWithdraw
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    events.publish(WithdrawalLodged(submission_id=str(row.pk), reason=reason, lodged_at=at.isoformat()))

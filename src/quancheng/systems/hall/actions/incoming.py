"""What business systems tell the hall; performed in the hall's own name by its subscriptions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.eforms import public as eforms
from quancheng.support.feel import public as feel
from quancheng.support.notifications import public as notifications
from quancheng.systems.hall import queries, rules
from quancheng.systems.hall.models import CorrectionRound, Licence, Progress, Service, Submission

TOLD_STATES = frozenset({"accepted", "withdrawn"})
"""States worth a message of their own; corrections and results bring theirs, the rest is on the tracking page."""


class UnusableService(Refusal):
    """The published service would break its pages: a condition or the form cannot be read."""

    code: ClassVar[str] = "hall.unusable-service"
    message = gettext_lazy("The service cannot be published: %(reason)s.")
    status: ClassVar[int] = 400


def of_incoming(*, submission_id: UUID, **_wishes: Any) -> pmi.Target:
    """Return how the trail names what the message is about."""
    return pmi.Target(subjects=(f"submission:{submission_id}",))


def _locked(submission_id: UUID) -> Submission:
    row = Submission.objects.select_for_update(of=("self",)).select_related("service").filter(pk=submission_id).first()
    if row is None:
        raise queries.NoSuchThing
    return row


def _tell(row: Submission, *, kind: str, view: str = "hall:submission", **facts: Any) -> None:
    facts["service"] = row.service.title
    notifications.notify(to=row.owner, kind=kind, facts=facts, url=reverse(view, args=[row.pk]))


@pmi.action("hall.service.publish", scope=lambda *, code, **_w: pmi.Target(subjects=(f"service:{code}",)))
def publish_service(*, actor: pmi.Actor, code: str, version: int, content: Mapping[str, Any], at: datetime) -> None:
    """Offer a version of a service. The same version again changes nothing.

    :raises UnusableService: if the form or a condition cannot be read; better here than in front of a citizen.
    """
    _check_usable(content)
    Service.objects.get_or_create(
        code=code,
        version=version,
        defaults={
            "title": content["title"],
            "summary": content.get("summary", ""),
            "department": content.get("department", ""),
            "departments": list(content.get("departments", ())),
            "guide": content.get("guide", {}),
            "questions": list(content.get("questions", ())),
            "form": content.get("form", {}),
            "bpmn": content.get("bpmn", ""),
            "published_at": at,
        },
    )


def _check_usable(content: Mapping[str, Any]) -> None:
    conditions = [
        *(item.get("required_when") for item in content.get("guide", {}).get("materials") or ()),
        *(item.get("shown_when") for item in content.get("questions") or ()),
    ]
    try:
        for condition in filter(None, conditions):
            feel.parse(condition.lstrip("= "))
        eforms.load(content.get("form", {}))
    except Exception as error:
        # Whatever the reader of forms or conditions says, the sender needs to hear it.
        raise UnusableService(reason=str(error)) from error


@pmi.action("hall.service.withdraw", scope=lambda *, code, **_w: pmi.Target(subjects=(f"service:{code}",)))
def withdraw_service(*, actor: pmi.Actor, code: str, at: datetime) -> None:
    """Stop offering a service; what was lodged goes on."""
    Service.objects.filter(code=code, withdrawn_at=None).update(withdrawn_at=at)


@pmi.action("hall.progress.record", scope=of_incoming)
def record_progress(*, actor: pmi.Actor, submission_id: UUID, sequence: int, report: Mapping[str, Any]) -> None:
    """Keep a report; the matter follows the one with the highest sequence, in whatever order they arrive.

    `report` has the fields of `events.ProgressReported`. :raises queries.NoSuchThing:
    """
    row = _locked(submission_id)
    _kept, is_new = Progress.objects.get_or_create(
        submission=row,
        sequence=sequence,
        defaults={
            "state": report["state"],
            "sentence": report["sentence"],
            "next": report.get("next", ""),
            "at": datetime.fromisoformat(report["at"]),
            "active_elements": list(report.get("active_elements", ())),
            "done_elements": list(report.get("done_elements", ())),
            "clock": dict(report.get("clock") or {}),
            "holder": report.get("holder", ""),
        },
    )
    if not is_new or not rules.is_newer(sequence=sequence, known=row.last_sequence):
        return
    row.state, row.last_sequence = report["state"], sequence
    row.save(update_fields=["state", "last_sequence"])
    if row.state in TOLD_STATES:
        _tell(
            row,
            kind="hall.progress",
            state=Submission.State(row.state).label,
            sentence=report["sentence"],
            next=report.get("next", ""),
        )


@pmi.action("hall.correction.record", scope=of_incoming)
def record_correction(
    *, actor: pmi.Actor, submission_id: UUID, round_number: int, request: Mapping[str, Any], at: datetime
) -> None:
    """Keep a request for corrections and tell the applicant; the same round again changes nothing.

    `request` has the fields of `events.CorrectionRequested`. :raises queries.NoSuchThing:
    """
    row = _locked(submission_id)
    _kept, is_new = CorrectionRound.objects.get_or_create(
        submission=row,
        round=round_number,
        defaults={
            "items": list(request["items"]),
            "due_on": date.fromisoformat(request["due_on"]),
            "letter_text": request.get("letter_text", ""),
            "letters": list(request.get("files", ())),
            "requested_at": at,
        },
    )
    if not is_new:
        return
    row.state = Submission.State.CORRECTION
    row.save(update_fields=["state"])
    _tell(
        row,
        kind="hall.correction",
        count=len(request["items"]),
        reasons=[item.get("reason", "") for item in request["items"]],
        due_on=date.fromisoformat(request["due_on"]),
        view="hall:correction",
    )


@pmi.action("hall.results.receive", scope=of_incoming)
def receive_results(
    *,
    actor: pmi.Actor,
    submission_id: UUID,
    outcome: str,
    decision: Mapping[str, Any],
    licences: Sequence[Mapping[str, Any]],
    at: datetime,
) -> None:
    """Keep the decision and put the licences into the applicant's wallet; the same message again changes nothing.

    :raises queries.NoSuchThing: if the submission is unknown.
    """
    row = _locked(submission_id)
    is_new = row.decided_at is None
    row.outcome, row.decision, row.decided_at = outcome, dict(decision), row.decided_at or at
    row.state = Submission.State.ISSUED if outcome == "granted" else Submission.State.REFUSED
    row.save(update_fields=["outcome", "decision", "decided_at", "state"])
    for licence in licences:
        Licence.objects.update_or_create(
            department=licence["department"],
            number=licence["number"],
            defaults={
                "submission": row,
                "owner": row.owner,
                "check_code": str(licence.get("check_code") or licence.get("code") or ""),
                "title": licence["title"],
                "holder_name": licence["holder_name"],
                "holder_code": licence.get("holder_code") or "",
                "department_name": licence.get("department_name") or licence["department"],
                "issued_on": date.fromisoformat(licence["issued_on"]),
                "valid_until": date.fromisoformat(licence["valid_until"]) if licence.get("valid_until") else None,
                "facts": dict(licence.get("facts") or {}),
                "digest": licence["digest"],
                "name": licence.get("name") or f"{licence['number']}.pdf",
            },
        )
    if is_new:
        _tell(
            row,
            kind="hall.result",
            state=Submission.State(row.state).label,
            decision=str(decision.get("text", "")),
        )

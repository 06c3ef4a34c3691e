"""The window: accept, ask once for corrections, or refuse acceptance (Administrative Licensing Law, article 32)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.business.approvals import rules
from quancheng.business.approvals.actions import clocks, reports, steps
from quancheng.business.approvals.config import config
from quancheng.business.approvals.engine import texts
from quancheng.business.approvals.models import Application, CorrectionNotice, Decision
from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.systems.hall import events as hall


class NotWaitingForAcceptance(Refusal):
    """Somebody has dealt with it already, or the applicant has to correct something first."""

    code = "approvals.not-waiting-for-acceptance"
    message = _("Application %(number)s is no longer waiting for acceptance: %(state)s. Nothing was changed.")


class NothingAsked(Refusal):
    """A request for corrections has to name at least one item, each with a reason and its legal basis."""

    code = "approvals.nothing-asked"
    message = _("Name at least one item to be corrected; each needs a reason and its legal basis.")
    status = 422


def _waiting(application_id: UUID) -> Application:
    application = steps.locked(application_id)
    if application.state != Application.State.RECEIVED:
        raise NotWaitingForAcceptance(number=application.number, state=application.get_state_display())
    return application


@pmi.action("approvals.application.accept", scope=steps.lead)
def accept(*, actor: pmi.Actor, application_id: UUID, at: datetime, comment: str = "") -> Application:
    """Accept an application; the statutory period begins.

    :raises NotWaitingForAcceptance: if it left that state before.
    """
    application = _waiting(application_id)
    application.state, application.accepted_at, application.accepted_by = Application.State.REVIEWING, at, actor.id
    application.save(update_fields=["state", "accepted_at", "accepted_by"])
    clocks.begin_review(application, on=at, stopped_on=at)
    steps.complete(application, steps.ACCEPTANCE, actor=actor, at=at, comment=comment, variables={"outcome": "accept"})
    reports.report(application, "accepted", state="accepted", at=at, **_who(application))
    return application


@pmi.action("approvals.application.accept-by-silence", scope=steps.lead)
def accept_by_silence(*, actor: pmi.Actor, application_id: UUID, at: datetime) -> Application:
    """Enter that the law has accepted the application: five working days passed without a word.

    Counts from the day of receipt. Source: Administrative Licensing Law, article 32 (1) no. 4. Safe to repeat.
    """
    application = steps.locked(application_id)
    if application.state == Application.State.RECEIVED:
        application.state, application.accepted_at = Application.State.REVIEWING, application.received_at
        application.save(update_fields=["state", "accepted_at"])
        clocks.begin_review(application, on=application.received_at, stopped_on=at)
        reports.report(application, "deemed", state="accepted", at=at, **_who(application))
    return application


@pmi.action("approvals.application.request-corrections", scope=steps.lead)
def request_corrections(
    *, actor: pmi.Actor, application_id: UUID, items: Sequence[dict[str, str]], at: datetime
) -> CorrectionNotice:
    """Ask once, and for everything, what has to be corrected; the acceptance clock stops.

    `items` are {material or field, title, reason, basis}. What was there in the first round and is asked for only now
    is recorded in `repeated` for supervision.

    :raises NotWaitingForAcceptance: if it left that state before.
    :raises NothingAsked: without items, or for one without reason or basis.
    """
    application = _waiting(application_id)
    if not items or any(not item.get("reason", "").strip() or not item.get("basis", "").strip() for item in items):
        raise NothingAsked
    notice = _notice(application, items, actor=actor, at=at)
    application.state = Application.State.CORRECTION
    application.save(update_fields=["state"])
    clocks.stop(application, on=at)
    steps.complete(application, steps.ACCEPTANCE, actor=actor, at=at, variables={"outcome": "correct"})
    events.publish(
        hall.CorrectionRequested(
            submission_id=application.submission_id,
            round=notice.round,
            items=list(notice.items),
            due_on=notice.due_on.isoformat(),
            letter_text=notice.letter,
        )
    )
    reports.report(
        application, "correction", state="correction", at=at, department=reports.lead(application), count=len(items)
    )
    return notice


@pmi.action("approvals.application.refuse-acceptance", scope=steps.lead)
def refuse_acceptance(*, actor: pmi.Actor, application_id: UUID, reasons: str, at: datetime) -> Application:
    """Refuse to accept: no licence is needed, or another body is responsible. The letter is written afterwards.

    :raises NotWaitingForAcceptance: if it left that state before.
    :raises ReasonMissing: without reasons.
    """
    application = _waiting(application_id)
    if not reasons.strip():
        raise steps.ReasonMissing
    title, text = steps.letter(application, "unaccepted", law=texts.law("unaccepted"), reasons=reasons)
    Decision.objects.create(
        application=application,
        outcome=Application.Outcome.UNACCEPTED,
        text=text,
        reasons=reasons,
        remedies=texts.remedies(),
        law=texts.law("unaccepted"),
        decided_by=actor.id,
        decided_by_name=actor.name,
        decided_at=at,
    )
    application.state, application.outcome = Application.State.DECIDED, Application.Outcome.UNACCEPTED
    application.decided_at = at
    application.save(update_fields=["state", "outcome", "decided_at"])
    clocks.stop(application, on=at)
    steps.complete(application, steps.ACCEPTANCE, actor=actor, at=at, comment=title, variables={"outcome": "refuse"})
    reports.report(application, "unaccepted", state="decided", at=at, reasons=reasons)
    return application


def _who(application: Application) -> dict[str, str]:
    titles = reports.waiting_titles(application)
    return {
        "department": reports.lead(application),
        "parts": texts.join(titles) or reports.lead(application),
    }


def _notice(
    application: Application, items: Sequence[dict[str, str]], *, actor: pmi.Actor, at: datetime
) -> CorrectionNotice:
    earlier = list(application.notices.order_by("round"))
    first_round = application.materials.filter(round=0).values_list("code", flat=True)
    changed = application.materials.filter(round__gt=0).values_list("code", flat=True)
    repeated = rules.repeated_demands(
        items=items,
        present=[*first_round, *application.form],
        asked=[item.get("material") or item.get("field", "") for notice in earlier for item in notice.items],
        changed=changed,
    )
    due_on = timezone.localdate(at) + timedelta(days=config.correction_days)
    lines = [
        f"{index}. {item.get('title', '')}：{item['reason']}（{item['basis']}）" for index, item in enumerate(items, 1)
    ]
    _title, text = steps.letter(
        application,
        "correction",
        applicant=application.applicant_name,
        items="\n".join(lines),
        due_on=texts.day(due_on),
    )
    return CorrectionNotice.objects.create(
        application=application,
        round=len(earlier) + 1,
        items=list(items),
        repeated=list(repeated) if earlier else [],
        letter=text,
        due_on=due_on,
        issued_at=at,
        issued_by=actor.id,
    )

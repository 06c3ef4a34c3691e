"""The departments' opinions and the leading department's decision (Licensing Law, articles 26, 34, 38)."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from quancheng.business.approvals import rules
from quancheng.business.approvals.actions import clocks, reports, steps
from quancheng.business.approvals.actions.steps import ReasonMissing
from quancheng.business.approvals.engine import texts
from quancheng.business.approvals.models import Application, Decision, Opinion, Share
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi


class NotConcerned(Refusal):
    """This department has no share in the application, or the review has not begun or is over."""

    code = "approvals.not-concerned"
    message = _("Application %(number)s does not wait for this opinion: %(state)s.")


class AlreadyGiven(Refusal):
    """The department has spoken on this part before."""

    code = "approvals.opinion-already-given"
    message = _("%(name)s has already given the opinion on “%(part)s”. Yours was not stored.")


class AlreadyDecided(Refusal):
    """The application has been decided, or is not ready for a decision."""

    code = "approvals.already-decided"
    message = _("Application %(number)s does not wait for a decision: %(state)s. Nothing was changed.")


class SamePerson(Refusal):
    """Who accepted an application does not decide it: the separation of duties."""

    code = "approvals.same-person"
    message = _("You accepted this application, so somebody else has to decide it.")
    status = 403


class DepartmentsDisagree(Refusal):
    """A department said no; the licence cannot be granted against it."""

    code = "approvals.departments-disagree"
    message = _("%(departments)s gave an unfavourable opinion, so the application cannot be granted.")


class NotTakenBack(Refusal):
    """What was entered at this step has left the house, or the matter is past the review."""

    code = "approvals.not-taken-back"
    message = _("What was done at “%(step)s” stands: the applicant has been told, or the matter has been decided.")


@pmi.action("approvals.opinion.give", scope=steps.concerned)
def give_opinion(
    *, actor: pmi.Actor, application_id: UUID, part: str, verdict: str, text: str, law: str, at: datetime
) -> Opinion:
    """Give a department's opinion on its part. `verdict` is one of Opinion.Verdict.

    :raises NotConcerned: if the application does not wait for it.
    :raises AlreadyGiven: if a colleague was first.
    :raises ReasonMissing: for a reservation without text.
    """
    application = steps.locked(application_id)
    share = Share.objects.filter(application=application, part=part, asks=True).first()
    if share is None or application.state != Application.State.REVIEWING:
        raise NotConcerned(number=application.number, state=application.get_state_display())
    if earlier := Opinion.objects.filter(application=application, part=part).first():
        raise AlreadyGiven(name=earlier.given_by_name, part=share.title)
    if verdict != Opinion.Verdict.FAVOURABLE and not text.strip():
        raise ReasonMissing
    opinion = Opinion.objects.create(
        application=application,
        part=part,
        department=share.department,
        verdict=verdict,
        text=text,
        law=law or share.law,
        given_by=actor.id,
        given_by_name=actor.name,
        given_at=at,
    )
    steps.complete(
        application,
        part,
        actor=actor,
        at=at,
        comment=opinion.get_verdict_display(),
        variables={f"verdict_{part}": verdict},
    )
    reports.report(
        application,
        "opinion",
        state="reviewing",
        at=at,
        holder=texts.department(share.department),
        part=share.title,
        waiting=texts.waiting(reports.waiting_titles(application)),
    )
    return opinion


def withdraw_opinion(*, application_id: UUID, part: str, step: str, at: datetime) -> None:
    """Let an opinion count no more whose step was sent back or taken back: it is kept, and another one is awaited.

    Before the decision an opinion binds nobody outside; the period goes on (Licensing Law, articles 26 and 42).

    :raises NotTakenBack: for a step that is no opinion, or when the review is over.
    """
    application = steps.locked(application_id)
    given = Opinion.objects.filter(application=application, part=part)
    share = Share.objects.filter(application=application, part=part, asks=True).first()
    if share is None or application.state != Application.State.REVIEWING or not given.update(withdrawn_at=at):
        raise NotTakenBack(step=step)
    reports.report(
        application,
        "reopened",
        state="reviewing",
        at=at,
        holder=texts.department(share.department),
        part=share.title,
        waiting=texts.waiting(reports.waiting_titles(application)),
    )


@pmi.action("approvals.application.decide", scope=steps.lead)
def decide(*, actor: pmi.Actor, application_id: UUID, grant: bool, reasons: str, at: datetime) -> Decision:
    """Decide an application after all departments have spoken; the letter or the licences are made afterwards.

    :raises AlreadyDecided: if it does not wait for a decision.
    :raises SamePerson: if the actor accepted it.
    :raises DepartmentsDisagree: for a grant against an unfavourable opinion that binds.
    :raises ReasonMissing: for a refusal without reasons.
    """
    application = steps.locked(application_id)
    if application.state != Application.State.REVIEWING or reports.waiting_shares(application):
        raise AlreadyDecided(number=application.number, state=application.get_state_display())
    if not rules.may_decide(accepted_by=application.accepted_by, decider=actor.id):
        raise SamePerson
    binding = application.shares.filter(binding=True).values("part")
    against = application.opinions.filter(verdict=Opinion.Verdict.UNFAVOURABLE, part__in=binding)
    if grant and not rules.can_be_granted(opinion.verdict for opinion in against):
        raise DepartmentsDisagree(departments=texts.join(tuple(texts.department(item.department) for item in against)))
    if not grant and not reasons.strip():
        raise ReasonMissing
    return _store(application, grant=grant, reasons=reasons, actor=actor, at=at)


def _store(application: Application, *, grant: bool, reasons: str, actor: pmi.Actor, at: datetime) -> Decision:
    law = texts.law("grant" if grant else "refuse")
    _title, text = steps.letter(application, "granted" if grant else "refused", law=law, reasons=reasons)
    outcome = Application.Outcome.GRANTED if grant else Application.Outcome.REFUSED
    decision = Decision.objects.create(
        application=application,
        outcome=outcome,
        text=text,
        reasons=reasons,
        remedies="" if grant else texts.remedies(),
        law=law,
        decided_by=actor.id,
        decided_by_name=actor.name,
        decided_at=at,
    )
    application.state, application.outcome, application.decided_at = Application.State.DECIDED, outcome, at
    application.save(update_fields=["state", "outcome", "decided_at"])
    clocks.stop(application, on=at)
    steps.complete(
        application, steps.DECISION, actor=actor, at=at, variables={"outcome": "grant" if grant else "refuse"}
    )
    reports.report(
        application,
        "decided" if grant else "declined",
        state="decided",
        at=at,
        department=reports.lead(application),
    )
    return decision

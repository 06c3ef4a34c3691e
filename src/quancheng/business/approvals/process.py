"""Service tasks of this app's drawings, and how its steps are undone."""

from uuid import UUID

from django.utils import timezone

from quancheng.business.approvals import actions
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import public as workflow

ACTOR = pmi.service_actor("approvals")


def _application(case: workflow.CaseContext) -> UUID:
    return UUID(case.subject.partition(":")[2])


@workflow.handles("approvals.deem")
def deem(case: workflow.CaseContext) -> None:
    """Enter that silence has accepted the application."""
    actions.accept_by_silence(actor=ACTOR, application_id=_application(case), at=timezone.now())


@workflow.handles("approvals.issue")
def issue(case: workflow.CaseContext) -> None:
    """Make the licences."""
    actions.issue_licences(actor=ACTOR, application_id=_application(case), at=timezone.now())


@workflow.handles("approvals.letter")
def letter(case: workflow.CaseContext) -> None:
    """Make the letter of a refusal."""
    actions.write_letter(actor=ACTOR, application_id=_application(case), at=timezone.now())


@workflow.handles("approvals.deliver")
def deliver(case: workflow.CaseContext) -> None:
    """Send the result to the hall."""
    actions.deliver(actor=ACTOR, application_id=_application(case), at=timezone.now())


@workflow.undoes("approvals")
def undo(step: workflow.UndoneStep) -> None:
    """Let the opinion of a step that is done anew count no more; nothing else is ever taken back."""
    actions.withdraw_opinion(
        application_id=UUID(step.subject.partition(":")[2]), part=step.element_id, step=step.name, at=step.at
    )

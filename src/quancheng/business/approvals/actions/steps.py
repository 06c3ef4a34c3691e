"""What the actions share: the locked row, the place an action touches, and the step of the drawing it completes."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.business.approvals import queries
from quancheng.business.approvals.engine import texts
from quancheng.business.approvals.models import Application
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look
from quancheng.support.workflow import public as workflow

ACCEPTANCE, DECISION = "WindowReview", "LeadDecision"
CORRECTIONS_RECEIVED = "approvals.corrections-received"


class ReasonMissing(Refusal):
    """A refusal and a reservation give their reasons (Administrative Licensing Law, article 38 (2))."""

    code = "approvals.reason-missing"
    message = _("Give the reasons: the applicant is entitled to them.")
    status = 422


class StepNotOpen(Refusal):
    """The drawing does not wait at this step: somebody completed it, or the matter took another way."""

    code = "approvals.step-not-open"
    message = _("This step is no longer open; somebody has completed it. Nothing was changed.")


def locked(application_id: UUID | str) -> Application:
    """Return the application, locked until the transaction ends. :raises NoSuchApplication: for an unknown id."""
    rows = Application.objects.select_for_update(of=("self",)).select_related("version__item")
    found = rows.filter(pk=application_id).first()
    if found is None:
        raise queries.NoSuchApplication
    return found


def lead(*, application_id: UUID | str, **_others: object) -> pmi.Target:
    """Return the leading department as what an action touches."""
    return queries.target(application_id=application_id)


def concerned(*, application_id: UUID | str, part: str, **_others: object) -> pmi.Target:
    """Return the department of `part` as what an action touches; the leading department for an unknown part."""
    return queries.part_target(application_id=application_id, part=part)


def complete(
    application: Application,
    element: str,
    *,
    actor: pmi.Actor,
    at: datetime,
    comment: str = "",
    variables: Mapping[str, object] | None = None,
) -> None:
    """Complete the open task at `element` of the application's drawing. :raises StepNotOpen: when there is none."""
    for task in workflow.case(application.subject).tasks:
        if task.element_id == element and task.is_open:
            workflow.complete(actor=actor, task_id=task.task_id, variables=variables, comment=comment, at=at)
            return
    raise StepNotOpen


def letter(application: Application, kind: str, **facts: object) -> tuple[str, str]:
    """Return title and text of a letter about the application."""
    return texts.letter(
        kind,
        service=look.within_quotes(application.version.item.title),
        number=application.number,
        lodged_on=texts.day(timezone.localdate(application.lodged_at)),
        **facts,
    )

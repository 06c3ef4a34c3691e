"""What an administrator may do to a case."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import queries
from quancheng.support.workflow.engine import cases
from quancheng.support.workflow.models import Case, Job, Pending, Timer


class NotStuck(Refusal):
    """Nothing of the case is stuck."""

    code = "workflow.not-stuck"
    message = _("No automatic step of this case is stuck.")


def _of_case(*, case_id: int, **_wishes: object) -> pmi.Target:
    return queries.target(case_id=case_id)


@pmi.action("workflow.case.cancel", scope=_of_case)
def cancel_case(*, actor: pmi.Actor, case_id: int, reason: str, at: datetime | None = None) -> None:
    """Call off a running case as its administrator. :raises NoRunningCase: if it is not running."""
    case = Case.objects.get(pk=case_id)
    if case.status != Case.Status.RUNNING:
        raise cases.NoRunningCase(subject=case.subject)
    cases.cancel(subject=case.subject, key=case.key, actor=actor, reason=reason, at=at)


@pmi.action("workflow.case.retry", scope=_of_case)
def retry(*, actor: pmi.Actor, case_id: int, at: datetime | None = None) -> None:
    """Have the stuck automatic steps of a case tried again at once. :raises NotStuck: if there are none."""
    changes = {"state": Pending.State.WAITING, "attempts": 0, "next_try_at": at or timezone.now()}
    stuck = (model.objects.filter(case_id=case_id, state=Pending.State.STUCK) for model in (Job, Timer))
    if not sum(rows.update(**changes) for rows in stuck):
        raise NotStuck

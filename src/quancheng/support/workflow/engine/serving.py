"""Does the work of one automatic step: asks a decision, sends a message, tells a caller, or runs a handler."""

from collections.abc import Mapping
from typing import Any

from quancheng.support.workflow.engine import decisions, semantics, store
from quancheng.support.workflow.engine.drawing import MESSAGE
from quancheng.support.workflow.engine.handlers import CaseContext, handler
from quancheng.support.workflow.engine.rows import Line
from quancheng.support.workflow.models import Case, CaseEvent, Job

KINDS = CaseEvent.Kind


def serve(name: str, context: CaseContext) -> tuple[Mapping[str, Any] | None, str]:
    """Return the variables an automatic step sets, and a sentence about it, if there is one.

    :raises NoHandler: if no app has its handler.
    :raises BpmnError: if it ends with an error of the business.
    :raises NotWaiting: if it sends a message that no other case about the subject waits for.
    """
    if decisions.is_one(name):
        return decisions.decide(name, context)
    if name.startswith(MESSAGE):
        _send(name.removeprefix(MESSAGE), context)
        return None, ""
    return handler(name)(context), ""


def is_told(job: Job) -> bool:
    """Whether a job only tells a caller that its called case has ended."""
    return job.handler.startswith(store.CALLED)


def tell(caller: Case, job: Job) -> None:
    """Tell a caller that its called case has ended; see `store.saving`."""
    child = Case.objects.get(pk=int(job.handler.removeprefix(store.CALLED)))
    errors = CaseEvent.objects.filter(case=child, kind=KINDS.ERROR, element_id="").order_by("-pk")
    failure = errors.values_list("name", flat=True).first()
    cause: semantics.Event = semantics.Completed(job.token)
    if failure is not None:
        cause = semantics.Failed(job.token, failure, ends=True)
    store.tell(caller, child, cause, at=job.next_try_at)


def _send(message: str, context: CaseContext) -> None:
    """Give a message to another running case about the same subject."""
    others = Case.objects.select_for_update().filter(subject=context.subject, status=Case.Status.RUNNING)
    refusal = semantics.NotWaiting(what=message)
    for case in others.exclude(pk=context.case_id).order_by("pk"):
        drawing = store.definition(case.digest)
        cause = semantics.MessageArrived(message)
        try:
            step = semantics.advance(drawing, store.state(case), cause)
        except semantics.NotWaiting as nobody:
            refusal = nobody
            continue
        line = Line(kind=KINDS.MESSAGE, at=context.at, element_id=step.caught, name=drawing.nodes[step.caught].label)
        store.save(case, step, at=context.at, before=[line])
        return
    raise refusal

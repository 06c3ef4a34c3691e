"""What the citizen is told on the way: numbered reports of progress."""

from datetime import datetime

from quancheng.business.approvals.actions import clocks
from quancheng.business.approvals.engine import texts
from quancheng.business.approvals.models import Application, Report, Share
from quancheng.kernel import events
from quancheng.support.workflow import public as workflow
from quancheng.systems.hall import events as hall


def report(application: Application, kind: str, *, state: str, at: datetime, **facts: object) -> None:
    """Tell the citizen what happened. `kind` names the sentence, `state` is one of the service protocol's.

    Called inside the action that made it true, after the case has moved on: the report shows where it stands now.
    """
    sentence, following = texts.progress(kind, **facts)
    told = Report.objects.create(
        application=application,
        sequence=application.reports.count() + 1,
        state=state,
        sentence=sentence,
        following=following,
        at=at,
    )
    case = workflow.case(application.subject)
    active, done = tuple(case.active_elements), tuple(case.done_elements)
    if application.closed_at:
        # The step that closes the matter is still being carried out, but for the citizen it is done.
        active, done = (), (*done, *active)
    events.publish(
        hall.ProgressReported(
            submission_id=application.submission_id,
            sequence=told.sequence,
            state=state,
            sentence=sentence,
            next=following,
            at=at.isoformat(),
            active_elements=active,
            done_elements=done,
            clock=clocks.facts(application),
            holder=holder(application),
        )
    )


def lead(application: Application) -> str:
    """Return the leading department's name."""
    return texts.department(application.version.item.department)


def waiting_shares(application: Application) -> tuple[Share, ...]:
    """Return the shares whose department has not spoken yet."""
    given = set(application.opinions.values_list("part", flat=True))
    asked = Share.objects.filter(application=application, asks=True).order_by("id")
    return tuple(share for share in asked if share.part not in given)


def waiting_titles(application: Application) -> tuple[str, ...]:
    """Return what is still under review, in words."""
    return tuple(share.title for share in waiting_shares(application))


def holder(application: Application) -> str:
    """Return who has the matter: the departments that still owe an opinion, otherwise the leading department."""
    if application.state != Application.State.REVIEWING:
        return lead(application)
    names = dict.fromkeys(texts.department(share.department) for share in waiting_shares(application))
    return texts.join(tuple(names)) or lead(application)

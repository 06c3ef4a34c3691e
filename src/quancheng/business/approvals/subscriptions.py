"""What approvals does when the hall announces something."""

from collections.abc import Collection, Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.business.approvals import actions, queries
from quancheng.kernel import events
from quancheng.security.pmi import public as pmi
from quancheng.support.search import public as search

ACTOR = pmi.service_actor("approvals")


@events.hears("hall.submission-lodged")
def receive(message: events.Message) -> None:
    """Take in an application."""
    actions.receive(actor=ACTOR, data=message.data, at=timezone.now())


@events.hears("hall.correction-lodged")
def receive_corrections(message: events.Message) -> None:
    """Take in corrections."""
    actions.receive_corrections(actor=ACTOR, data=message.data, at=timezone.now())


@events.hears("hall.withdrawal-lodged")
def withdraw(message: events.Message) -> None:
    """End a withdrawn application."""
    actions.withdraw(actor=ACTOR, data=message.data, at=timezone.now())


@events.hears("calendar.clock-redated")
def tell_new_date(message: events.Message) -> None:
    """Tell the citizen that a changed calendar moved the last day of their matter."""
    if message.data["subject"].startswith("application:"):
        actions.tell_new_date(actor=ACTOR, data=message.data, at=timezone.now())


@search.indexes(
    "approvals.application",
    title=_("Applications"),
    icon="stamp",
    states=queries.STATES,
    subjects=("application", "submission"),
)
def searchable(keys: Collection[str] | None) -> Iterator[search.Entry]:
    """Yield applications for the departments that take part; keys are ids of applications or of submissions."""
    for found in queries.searchable(keys):
        yield search.Entry(
            key=str(found.id),
            title=f"{found.applicant_name} · {found.service}",
            text=found.number,
            words=(found.number,),
            url=reverse("approvals:case", args=[found.id]),
            readers=tuple(search.Readers(queries.READ, place) for place in found.places),
            department=found.department,
            state=found.state,
            day=timezone.localdate(found.received_at),
        )

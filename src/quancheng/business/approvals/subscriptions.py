"""What approvals does when the hall announces something."""

from django.utils import timezone

from quancheng.business.approvals import actions
from quancheng.kernel import events
from quancheng.security.pmi import public as pmi

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

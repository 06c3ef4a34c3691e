"""The list of messages."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.centres.exchange import actions, queries
from quancheng.centres.exchange.engine import routes
from quancheng.centres.exchange.models import Message
from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look

SHOWN = {"dead": "failed", "waiting": "waiting", "delivered": "delivered"}
WORDS = {
    "dead": _("Given up"),
    "waiting": pgettext_lazy("state of a message", "Waiting"),
    "delivered": pgettext_lazy("state of a message", "Delivered"),
}


def _topics(_actor: pmi.Actor) -> Iterable[tuple[str, str]]:
    return sorted((name, name) for name in routes.topics())


def _in_state(rows: QuerySet[Any], state: str, _actor: pmi.Actor) -> QuerySet[Any]:
    if state == "dead":
        return rows.filter(is_dead=True)
    waiting = Q(is_waiting=True) | ~Q(to_zone="") & Q(bundle=None)
    return rows.filter(is_dead=False).filter(waiting if state == "waiting" else ~waiting)


def _resend(actor: pmi.Actor, row: Message) -> Any:
    actions.resend(actor=actor, message_id=row.message_id, at=timezone.now())
    return _("The message is being delivered again.")


class Messages(look.Table):
    """The messages of the reader's departments, the newest first."""

    name = "exchange.messages"
    title = _("Messages")
    columns = (
        look.Column(
            "topic", _("Topic"), sort="topic", url=lambda row: reverse("exchange:message", args=[row.message_id])
        ),
        look.Column("time", _("Announced"), kind="relative", sort="pk"),
        look.Column("key", _("Matter key")),
        look.Column("way", _("Way")),
        look.Column("bundle", _("Bundle"), kind="number", sort="bundle"),
        look.Column("state", _("State"), lambda row: SHOWN[row.state], "status", label=lambda row: WORDS[row.state]),
        look.Column("message_id", _("Message number"), shown=False),
    )
    filters = (
        look.Choice("topic", _("Topic"), _topics),
        look.Choice("state", _("State"), tuple(WORDS.items()), apply=_in_state),
        look.Period("time", _("Announced")),
    )
    batches = (look.Batch("resend", _("Deliver again"), _resend, icon="refresh", privilege="exchange.message.resend"),)
    order = "-time"
    search_title = _("Message number or key")
    empty_title = _("No messages yet")
    empty_hint = _("What systems announce to one another appears here within seconds.")

    def rows(self) -> QuerySet[Message]:
        return queries.messages(actor=self.actor)

    def find(self, rows: QuerySet[Message], text: str) -> QuerySet[Message]:
        return rows.filter(Q(message_id=text) | Q(key=text))

    def lines(self, rows: list[Any]) -> tuple[queries.Line, ...]:
        return queries.lines(rows)

"""What has happened in a case, in sentences."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quancheng.support.workflow.models import Case, CaseEvent

KINDS = CaseEvent.Kind

SENTENCES = {
    KINDS.STARTED: _("The case began"),
    KINDS.OPENED: _("“%(name)s” is waiting to be done"),
    KINDS.CLAIMED: _("“%(name)s” was taken on"),
    KINDS.RELEASED: _("“%(name)s” was given back"),
    KINDS.HANDED_OVER: _("“%(name)s” was handed over"),
    KINDS.DONE: _("“%(name)s” was done"),
    KINDS.WITHDRAWN: _("“%(name)s” is no longer needed"),
    KINDS.SERVED: _("“%(name)s” was carried out automatically"),
    KINDS.STUCK: _("“%(name)s” does not succeed and needs help"),
    KINDS.TIMER: _("The time for “%(name)s” has come"),
    KINDS.MESSAGE: _("“%(name)s” was received"),
    KINDS.COMPLETED: _("The case was completed"),
    KINDS.CANCELLED: _("The case was called off"),
    KINDS.ASSIGNED: _("“%(name)s” was assigned"),
    KINDS.LENT: _("“%(name)s” was entrusted to a colleague"),
    KINDS.CALLED_IN: _("“%(name)s”, which was entrusted, was called in"),
    KINDS.SIGN_ASKED: _("Signatures were asked for on “%(name)s”"),
    KINDS.AGREED: _("“%(name)s” was signed in agreement"),
    KINDS.OBJECTED: _("“%(name)s” met with an objection"),
    KINDS.UNSIGNED: _("A signer of “%(name)s” was taken away"),
    KINDS.SETTLED: _("The signing of “%(name)s” is settled"),
    KINDS.HELD: _("“%(name)s” was done and waits for signatures"),
    KINDS.UPHELD: _("“%(name)s” was upheld against an objection"),
    KINDS.TAKEN_BACK: _("“%(name)s” was taken back by who did it"),
    KINDS.SENT_BACK: _("“%(name)s” was sent back to an earlier step"),
    KINDS.CIRCULATED: _("The matter was sent for reading at “%(name)s”"),
    KINDS.UNCIRCULATED: _("What was sent for reading at “%(name)s” was recalled"),
    KINDS.READ: _("What was sent at “%(name)s” was read"),
    KINDS.URGED: _("“%(name)s” was urged"),
}
# The vocabulary of states that look draws with an icon and a colour.
STATES = {
    KINDS.OPENED: "open",
    KINDS.CLAIMED: "active",
    KINDS.RELEASED: "returned",
    KINDS.HANDED_OVER: "active",
    KINDS.WITHDRAWN: "withdrawn",
    KINDS.STUCK: "failed",
    KINDS.TIMER: "near",
    KINDS.MESSAGE: "received",
    KINDS.CANCELLED: "withdrawn",
    KINDS.ASSIGNED: "active",
    KINDS.LENT: "active",
    KINDS.CALLED_IN: "active",
    KINDS.SIGN_ASKED: "waiting",
    KINDS.OBJECTED: "refused",
    KINDS.UNSIGNED: "withdrawn",
    KINDS.HELD: "waiting",
    KINDS.TAKEN_BACK: "returned",
    KINDS.SENT_BACK: "returned",
    KINDS.CIRCULATED: "received",
    KINDS.UNCIRCULATED: "withdrawn",
    KINDS.URGED: "near",
}


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """A line of a case's timeline: `title` is a whole sentence, `text` what was said with it."""

    title: str
    at: datetime
    who: str
    text: str
    kind: str
    element_id: str
    state: str


def timeline(case: Case) -> tuple[TimelineEvent, ...]:
    """Return the case's timeline, newest first."""
    return tuple(
        TimelineEvent(
            title=str(SENTENCES[KINDS(row.kind)]) % {"name": row.name},
            at=row.at,
            who=_who(row),
            text=row.text,
            kind=row.kind,
            element_id=row.element_id,
            state=STATES.get(KINDS(row.kind), "done"),
        )
        for row in CaseEvent.objects.filter(case=case).order_by("-pk")
    )


def _who(row: CaseEvent) -> str:
    """Return who did it, and in whose name."""
    if not row.behalf_of_name or row.behalf_of_name == row.actor_name:
        return row.actor_name
    return gettext("%(name)s for %(giver)s") % {"name": row.actor_name, "giver": row.behalf_of_name}

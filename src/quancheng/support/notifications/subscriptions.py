"""What happens below and must be known at once by certain people."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from quancheng.kernel import events
from quancheng.security.identity import public as identity
from quancheng.security.trail import public as trail
from quancheng.support.notifications import public


@events.hears("pmi.emergency-taken")
def tell_reviewers(message: events.Message) -> None:
    """Tell whoever reviews emergency authorisations at that place (security officer, auditor) that one was taken."""
    found = message.data
    facts = {
        "privilege": trail.action_title(found["privilege"]),
        "place": identity.name_of(found["organisation"]) or found["organisation"],
        "reason": found["reason"],
        "day": date_format(date.fromisoformat(found["review_by"])),
    }
    for reviewer in identity.holders(privilege="pmi.emergency.review", organisation=found["organisation"]):
        public.notify(
            to=reviewer.actor_id,
            kind="pmi.emergency",
            subject=_("%(name)s took a privilege in an emergency") % {"name": found["actor_name"]},
            text=_("%(privilege)s at %(place)s: %(reason)s. To be reviewed by %(day)s.") % facts,
            url=f"/pmi/emergencies/{found['emergency_id']}/",
            key=f"emergency:{found['emergency_id']}",
        )

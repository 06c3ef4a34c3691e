"""What happens below and must be known at once by certain people."""

from datetime import date

from quancheng.kernel import events
from quancheng.security.identity import public as identity
from quancheng.security.trail import public as trail
from quancheng.support.notifications import public


@events.hears("pmi.emergency-taken")
def tell_reviewers(message: events.Message) -> None:
    """Tell whoever reviews emergency authorisations at that place (security officer, auditor) that one was taken."""
    found = message.data
    facts = {
        "name": found["actor_name"],
        "privilege": trail.action_title(found["privilege"]),
        "place": identity.name_of(found["organisation"]) or found["organisation"],
        "reason": found["reason"],
        "day": date.fromisoformat(found["review_by"]),
    }
    for reviewer in identity.holders(privilege="pmi.emergency.review", organisation=found["organisation"]):
        public.notify(
            to=reviewer.actor_id,
            kind="pmi.emergency",
            facts=facts,
            url=f"/pmi/emergencies/{found['emergency_id']}/",
            key=f"emergency:{found['emergency_id']}",
        )

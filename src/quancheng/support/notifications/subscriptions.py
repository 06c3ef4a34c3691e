"""What happens below and must be known at once by certain people."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events, zone
from quancheng.security.identity import public as identity
from quancheng.security.trail import public as trail
from quancheng.support.notifications import public


@events.hears("pmi.emergency-taken")
def tell_reviewers(message: events.Message) -> None:
    """Tell whoever reviews emergency authorisations at that place (security officer, auditor) that one was taken.

    One of the other zone is reviewed there: the notice says so and leads nowhere here.
    """
    found, elsewhere = message.data, message.zone != zone.current()
    place = identity.name_of(found["organisation"]) or found["organisation"]
    facts = {
        "name": found["actor_name"],
        "privilege": trail.action_title(found["privilege"]),
        "place": format_lazy(_("{place}, in the extranet"), place=place) if elsewhere else place,
        "reason": found["reason"],
        "day": date.fromisoformat(found["review_by"]),
    }
    for reviewer in identity.holders(privilege="pmi.emergency.review", organisation=found["organisation"]):
        public.notify(
            to=reviewer.actor_id,
            kind="pmi.emergency",
            facts=facts,
            url="" if elsewhere else f"/pmi/emergencies/{found['emergency_id']}/",
            key=f"emergency:{found['emergency_id']}",
        )


@events.hears("pmi.person-looked-up")
def tell_person_concerned(message: events.Message) -> None:
    """Tell a citizen that an office looked at their data; of the same office and act once a day."""
    found = message.data
    to = identity.citizen_of(found["person"])
    if not to:
        # Without an account whose name was checked it is not certain whom the message would reach.
        return
    at = datetime.fromisoformat(found["at"])
    facts = {
        "organisation": found["organisation"],
        "privilege": trail.action_title(found["privilege"]),
        "purpose": found["purpose"] or gettext("not stated"),
        "at": at,
    }
    key = f"{found['organisation']}:{found['privilege']}:{timezone.localdate(at)}"
    public.notify(to=to, kind="pmi.person-looked-up", facts=facts, key=key)


@events.hears("identity.account-made")
def tell_new_account(message: events.Message) -> None:
    """Tell somebody that they have an account now."""
    found = message.data
    facts = {"username": found["username"], "by": found["by_name"]}
    _tell_person(found["account_id"], "account-made", facts, "/identity/", key=found["account_id"])


@events.hears("identity.password-set")
def tell_password_set(message: events.Message) -> None:
    """Tell somebody that another person set their password."""
    found = message.data
    facts = {"by": found["by_name"], "at": datetime.fromisoformat(found["at"])}
    _tell_person(found["account_id"], "password-set", facts, "/identity/sessions/", key=message.id)


@events.hears("identity.delegation-made")
def tell_deputy(message: events.Message) -> None:
    """Tell somebody that they act in a colleague's post for a time."""
    found = message.data
    facts = {
        "giver": found["giver_name"],
        "post": found["post"],
        "begins": date.fromisoformat(found["valid_from"]),
        "ends": date.fromisoformat(found["valid_until"]),
        "reason": found["reason"],
    }
    _tell_person(found["deputy_id"], "delegation-made", facts, "/identity/posts/", key=found["delegation_id"])


@events.hears("identity.departure-decided")
def tell_leaver(message: events.Message) -> None:
    """Tell somebody until when they serve."""
    found = message.data
    facts = {"day": date.fromisoformat(found["last_day"]), "by": found["by_name"]}
    _tell_person(found["account_id"], "departure-decided", facts, "/identity/", key=found["departure_id"])


def _tell_person(account_id: str, kind: str, facts: dict[str, Any], url: str, *, key: str) -> None:
    try:
        public.notify(to=account_id, kind=f"identity.{kind}", facts=facts, url=url, key=f"{kind}:{key}")
    except identity.UnknownAccount:
        # They have been taken away in the meantime; there is nobody to tell.
        return

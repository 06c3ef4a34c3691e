"""Discharging what a permitted use obliges to: who can mask, and telling the people concerned."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import adapters, queries
from quancheng.security.pmi.events import PersonLookedUp
from quancheng.security.pmi.rules import Actor, Obligation, Target

_masking: set[str] = set()


class NothingToMask(Refusal):
    """An obligation that nobody could discharge would shut the privilege altogether."""

    code = "pmi.nothing-to-mask"
    message = _("What this privilege opens cannot be shown masked.")


def masking(name: str) -> str:
    """Say that what asks `demand` for the privilege `name` masks where that is owed; return the name."""
    _masking.add(name)
    return name


def can_mask(privilege: str) -> bool:
    """Test whether what the privilege opens can be shown masked."""
    return privilege in _masking


def discharge(owed: frozenset[Obligation], actor: Actor, privilege: str, target: Target) -> None:
    """Announce to whom it may concern that their data were used, if that is owed; inside the use's transaction.

    Masking is done by what shows the data. PIPL (个人信息保护法) art. 44: everybody has the right to know of it.
    """
    if Obligation.NOTIFY not in owed:
        return
    place, now = actor.organisation, timezone.now().isoformat()
    name = actor.organisation_name or adapters.directory().names_of([place]).get(place, place)
    for person in sorted(queries.people_of(target.subjects)):
        events.publish(
            PersonLookedUp(person=person, privilege=privilege, organisation=name, purpose=actor.purpose, at=now)
        )

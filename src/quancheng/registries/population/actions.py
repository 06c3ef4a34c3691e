"""Taking in deliveries about people."""

import hashlib
import unicodedata
from datetime import date, datetime

from django.core.cache import cache

from quancheng.kernel import events
from quancheng.registries.deliveries import public as deliveries
from quancheng.registries.population.engine.people import REGISTER
from quancheng.registries.population.events import RealNameChecked
from quancheng.registries.population.models import Person
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail


@pmi.action("population.person.import")
def import_people(
    *, actor: pmi.Actor, content: bytes, name: str, source: str, source_name: str, as_of: date, at: datetime
) -> int:
    """Take in a file and return its delivery. The same file from the same source changes nothing.

    :raises deliveries.Unreadable: if it is no CSV with the expected columns; single wrong rows are only reported.
    """
    origin = {"source": source, "source_name": source_name}
    return deliveries.take_in(REGISTER, content=content, name=name, as_of=as_of, at=at, by=actor.name, **origin)


# How often a day one number may be asked about, whatever the other zone says of its own limits.
ASKED_A_DAY = 10


def check_real_name(*, check_id: str, name: str, identity_number: str, at: datetime) -> bool:
    """Announce whether name and identity number belong together; return it. The question itself enters the trail.

    Somebody unknown and somebody of another name get the same answer. No action: nobody acts, a message is answered.
    """
    number = identity_number.strip().upper()
    person = Person.objects.filter(identity_number=number).first()
    matches = person is not None and _plain(person.name) == _plain(name)
    too_often = _asked_too_often(number, at)
    trail.record(
        action="population.real-name.check",
        actor_id="service:identity",
        actor_name="identity",
        outcome="population.asked-too-often" if too_often else "done",
        subjects=(f"person:{person.pk}",) if person else (),
        detail={"check": check_id, "matches": matches},
    )
    events.publish(RealNameChecked(check_id=check_id, matches=matches and not too_often))
    return matches and not too_often


def _plain(name: str) -> str:
    """Return a name as it is compared: width, blanks and the kinds of middle dot in it do not count."""
    text = unicodedata.normalize("NFKC", name)
    return "".join("·" if sign in "·•・.．" else sign for sign in text if not sign.isspace())


def _asked_too_often(number: str, at: datetime) -> bool:
    key = f"population.real-name.{hashlib.sha256(number.encode()).hexdigest()[:32]}.{at:%Y%m%d}"
    cache.add(key, 0, timeout=24 * 3600)
    return cache.incr(key) > ASKED_A_DAY

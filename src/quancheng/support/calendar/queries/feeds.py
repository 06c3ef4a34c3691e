"""Whose deadlines a secret address shows, and the deadlines that other apps tell of."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import rules
from quancheng.support.calendar.models import FeedAddress
from quancheng.support.calendar.queries.days import table

Teller = Callable[[pmi.Actor], Iterable[rules.Entry]]
_tellers: list[Teller] = []


class NoFeed(Refusal):
    code: ClassVar[str] = "calendar.no-feed"
    message = _("There is no calendar at this address.")
    status = 404


def tells_deadlines(teller: Teller) -> Teller:
    """Register what an app knows of a person's deadlines: `teller(actor)` gives entries of their calendar."""
    if teller not in _tellers:
        _tellers.append(teller)
    return teller


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def feed_renewed_at(actor_id: str) -> datetime | None:
    """Return since when somebody's address stands, None where there is none."""
    return FeedAddress.objects.filter(actor_id=actor_id).values_list("renewed_at", flat=True).first()


def deadlines(secret: str) -> tuple[rules.Entry, ...]:
    """Return the deadlines of whom the secret belongs to, with what they may see today. :raises NoFeed:"""
    found = FeedAddress.objects.filter(secret=digest_of(secret)).first()
    if found is None:
        raise NoFeed
    try:
        actor = identity.actor(found.actor_id)
    except identity.UnknownAccount as unknown:
        raise NoFeed from unknown
    entries = (entry for teller in _tellers for entry in teller(actor))
    return tuple(sorted(entries, key=lambda entry: (entry.day, entry.uid)))


def official_days() -> tuple[rules.Entry, ...]:
    """Return the days off and make-up workdays of every announced year; runs of one holiday are one entry."""
    found: list[rules.Entry] = []
    for year in table().years():
        if year.announced:
            found += rules.official_entries(year)
    return tuple(found)

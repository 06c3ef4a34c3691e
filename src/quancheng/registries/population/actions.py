"""Taking in deliveries about people."""

import hashlib
from datetime import date, datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.population.engine import deliveries, storing
from quancheng.registries.population.engine.people import TABLES, shape
from quancheng.registries.population.models import Delivery
from quancheng.security.pmi import public as pmi


class Unreadable(Refusal):
    """The file is no CSV with the expected columns."""

    code: ClassVar[str] = "population.unreadable"
    message = _("The file cannot be read: %(reason)s. Nothing was changed.")
    status: ClassVar[int] = 400


READING = {
    "columns": _("these columns are missing: %(detail)s"),
    "rows": _("more than %(detail)s rows"),
    "encoding": _("its characters are neither UTF-8 nor GB18030"),
}


def planned(content: bytes, *, as_of: date) -> deliveries.Plan:
    """Return what a file would change, without changing it. :raises Unreadable:"""
    people = shape()
    try:
        rows = deliveries.read(content, people)
    except deliveries.UnreadableFile as error:
        raise Unreadable(reason=str(READING[error.code]) % {"detail": error.detail}) from error
    known = storing.known(TABLES, people, sorted(deliveries.keys_in(rows, people)))
    return deliveries.plan(rows, people, as_of=as_of, known=known)


@pmi.action("population.person.import")
def import_people(
    *, actor: pmi.Actor, content: bytes, name: str, source: str, source_name: str, as_of: date, at: datetime
) -> int:
    """Take in a file and return its delivery. The same file from the same source changes nothing.

    :raises Unreadable: if it is no CSV with the expected columns; single wrong rows are rejected and reported.
    """
    digest = hashlib.sha256(content).hexdigest()
    before = Delivery.objects.filter(source=source, as_of=as_of, digest=digest).first()
    if before is not None:
        return before.pk
    return storing.store(
        TABLES,
        shape(),
        planned(content, as_of=as_of),
        source=source,
        source_name=source_name,
        as_of=as_of,
        digest=digest,
        name=name,
        at=at,
        by=actor.name,
    )

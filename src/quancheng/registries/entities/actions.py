"""Taking in deliveries about firms."""

from datetime import date, datetime

from quancheng.registries.deliveries import public as deliveries
from quancheng.registries.entities.engine.firms import REGISTER
from quancheng.security.pmi import public as pmi


@pmi.action("entities.firm.import")
def import_firms(
    *, actor: pmi.Actor, content: bytes, name: str, source: str, source_name: str, as_of: date, at: datetime
) -> int:
    """Take in a file and return its delivery. The same file from the same source changes nothing.

    :raises deliveries.Unreadable: if it is no CSV with the expected columns; single wrong rows are only reported.
    """
    origin = {"source": source, "source_name": source_name}
    return deliveries.take_in(REGISTER, content=content, name=name, as_of=as_of, at=at, by=actor.name, **origin)

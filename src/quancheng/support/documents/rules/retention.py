"""How long documents are kept, and whether one may go."""

from dataclasses import dataclass
from datetime import date
from enum import Enum


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """A period of retention: `years` None is for ever. `verified` says whether law and article could be checked."""

    code: str
    title: str
    title_en: str
    years: int | None
    law: str
    article: str
    verified: bool
    note: str = ""


class Bar(Enum):
    """What keeps a document from being destroyed."""

    HELD = "HELD"
    CHECKED_OUT = "CHECKED_OUT"
    PERMANENT = "PERMANENT"
    NOT_BEGUN = "NOT_BEGUN"
    RUNNING = "RUNNING"


def kept_until(kind: RetentionClass | None, since: date | None) -> date | None:
    """Return the last day of retention of what was closed on `since`; None while that cannot be said.

    Years are counted from the first of January after the year of closing, as archives are filed by year.
    """
    if kind is None or kind.years is None or since is None:
        return None
    return date(since.year + kind.years, 12, 31)


def bars(
    kind: RetentionClass | None, *, since: date | None, today: date, held: bool, checked_out: bool
) -> tuple[Bar, ...]:
    """Return everything that keeps a document from being destroyed today; without a class only lock and hold do."""
    found = [bar for bar, stands in ((Bar.HELD, held), (Bar.CHECKED_OUT, checked_out)) if stands]
    if kind is not None:
        until = kept_until(kind, since)
        if kind.years is None:
            found.append(Bar.PERMANENT)
        elif until is None:
            found.append(Bar.NOT_BEGUN)
        elif today <= until:
            found.append(Bar.RUNNING)
    return tuple(found)

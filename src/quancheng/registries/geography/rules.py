"""Division codes: what a code says by itself. Source: GB/T 2260 (six digits), GB/T 10114 (nine), the statistical
communities' code (twelve, National Bureau of Statistics)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["city", "district", "street", "community"]

LENGTHS: Final[dict[int, Level]] = {4: "city", 6: "district", 9: "street", 12: "community"}

_PARENTS: Final = {6: 4, 9: 6, 12: 9}

# What lies where in the sample city, as (column, row) from the north-west: a sketch of equal squares, as long as the
# city has given no boundaries of its own. It says no border.
SKETCH: Final[dict[str, tuple[int, int]]] = {
    "370126": (2, 0),
    "370115": (2, 1),
    "370104": (0, 2),
    "370105": (1, 2),
    "370102": (2, 2),
    "370176": (3, 2),
    "370114": (4, 2),
    "370113": (0, 3),
    "370103": (1, 3),
    "370112": (2, 3),
    "370124": (0, 4),
    "370116": (3, 4),
    "370117": (4, 4),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A division as a source lists it."""

    code: str
    name: str


def level(code: str) -> Level:
    """Return what kind of division a code names. :raises ValueError: for anything but 4, 6, 9 or 12 digits."""
    if not (code.isascii() and code.isdigit()) or len(code) not in LENGTHS:
        raise ValueError(f"{code!r} is not a division code")
    return LENGTHS[len(code)]


def parent(code: str) -> str:
    """Return the code of the division above; empty for a city. :raises ValueError: for a code that is none."""
    level(code)
    return code[: _PARENTS[len(code)]] if len(code) in _PARENTS else ""


def ancestors(code: str) -> tuple[str, ...]:
    """Return the codes from the city down to the division itself. :raises ValueError: for a code that is none."""
    above = parent(code)
    return (*ancestors(above), code) if above else (code,)


def orphans(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the codes whose division above is missing from the same list."""
    codes = [entry.code for entry in entries]
    known = set(codes)
    return tuple(code for code in codes if (above := parent(code)) and above not in known)

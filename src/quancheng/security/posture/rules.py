"""What findings add up to: arithmetic on plain values."""

from collections.abc import Iterable, Mapping
from typing import Final

BEST: Final = 100
# What a check takes off by the worst that it found (1 to be known, 2 to be mended soon, 3 to be mended today).
COSTS: Final = {1: 2, 2: 8, 3: 20}


def score(found: Mapping[str, Iterable[int]]) -> int:
    """Return 0 to 100 from the severities that each check found.

    A check counts once, by its worst finding: a hundred idle accounts are one thing to mend, and must not hide that an
    authority ends tomorrow.
    """
    worst = (max(severities, default=0) for severities in found.values())
    return max(0, BEST - sum(COSTS.get(item, 0) for item in worst))

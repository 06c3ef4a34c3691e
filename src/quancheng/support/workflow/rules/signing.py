"""What comes of the signatures asked for on a task (会签): all, any or so many of them; together or in turn."""

from collections.abc import Sequence

OUT = frozenset({"REMOVED", "UNNEEDED"})


def settled(rule: str, wanted: int, states: Sequence[str]) -> str:
    """Return PASSED, FAILED or WITHDRAWN as soon as the signatures decide it, empty before.

    `rule` is ALL, ANY or COUNT with `wanted`; of more than there are signers all are meant. Whoever was taken away
    counts as never asked; when nobody is left the signing is withdrawn.
    """
    counted = [state for state in states if state not in OUT]
    if not counted:
        return "WITHDRAWN"
    agreed = counted.count("AGREED")
    need = {"ALL": len(counted), "ANY": 1}.get(rule, max(1, min(wanted, len(counted))))
    if agreed >= need:
        return "PASSED"
    return "FAILED" if len(counted) - counted.count("OBJECTED") < need else ""


def turn(*, serial: bool, states: Sequence[str]) -> tuple[int, ...]:
    """Return the places of those who are to be asked now: all who wait, or in series the first when nobody is asked."""
    waiting = tuple(place for place, state in enumerate(states) if state == "WAITING")
    if not serial:
        return waiting
    return () if "ASKED" in states else waiting[:1]

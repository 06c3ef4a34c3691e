"""What undoing a step means: a case's history as an occurrence net, of which what came of the step is taken away.

Every passage consumes tokens (`gone`) and produces others (`new`); each token is produced once and consumed at most
once. Undoing a passage undoes everything that needed what it produced, its cone, and nothing else: what was consumed by
the cone and not produced in it is put back. The result is the state in which the cone has not happened yet
(causal-consistent reversal: Danos and Krivine, Reversible Communicating Systems, 2004), so no token is lost or doubled.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

# Number, element, number of the enclosing sub-process's token, flow by which it arrived.
Rest = tuple[int, str, int, str]
# What people did can be done again; the joins that followed from it and earlier undoings come along.
PEOPLES = frozenset({"TASK", "JOIN", "BACK"})


@dataclass(frozen=True, slots=True)
class Past:
    """A passage that has happened. `reads` are tokens that it needed and left."""

    id: int
    kind: str
    gone: tuple[Rest, ...]
    new: tuple[Rest, ...]
    reads: tuple[int, ...] = ()
    passed: tuple[str, ...] = ()

    def needs(self, tokens: Collection[int]) -> bool:
        """Test whether it needed one of `tokens`."""
        return any(rest[0] in tokens for rest in self.gone) or any(number in tokens for number in self.reads)


def cone(history: Sequence[Past], first: int) -> tuple[Past, ...]:
    """Return the passage `first` and all that came of it, in order."""
    made: set[int] = set()
    found = []
    for item in history:
        if item.id == first or item.needs(made):
            found.append(item)
            made |= {rest[0] for rest in item.new}
    return tuple(found)


def causes(history: Sequence[Past], token: int) -> frozenset[int]:
    """Return the passages without which `token` would not be there."""
    wanted, found = {token}, set()
    for item in reversed(history):
        if wanted & {rest[0] for rest in item.new}:
            found.add(item.id)
            wanted |= {rest[0] for rest in item.gone} | set(item.reads)
    return frozenset(found)


def can_undo(items: Iterable[Past], repeatable: Collection[int] = ()) -> bool:
    """Test whether all of it was done by people: what a machine, a message or the time did stands.

    `repeatable` are passages of automatic steps that the drawing allows to run again.
    """
    return all(item.kind in PEOPLES or item.id in repeatable for item in items)


def undone(items: Sequence[Past]) -> tuple[frozenset[int], tuple[Rest, ...]]:
    """Return the numbers of the tokens to take away, and those to put back, enclosing ones before those inside."""
    made = {rest[0] for item in items for rest in item.new}
    spent = {rest[0]: rest for item in items for rest in item.gone}
    back = [rest for number, rest in spent.items() if number not in made]
    return frozenset(made - spent.keys()), tuple(sorted(back, key=lambda rest: (rest[0] < 0, abs(rest[0]))))


def divided(
    item: Past, *, begun: int, ways: Mapping[str, Sequence[tuple[str, str]]], passing: Collection[str],
    joins: Collection[str],
) -> tuple[Past, ...]:  # fmt: skip
    """Return a passage in two where the step that began it closed a join: the step's arrival there, and the join.

    So undoing another branch does not undo this step: its token waits at the join again. `begun` is the token of the
    step; `ways` are the (flow, target) pairs out of each element, `passing` the elements that a token walks through,
    `joins` those at which it waits. Whatever is not plainly so stays whole, which undoes more but never wrongly.
    """
    there = {rest[1] for rest in item.gone if rest[1] in joins}
    first = next((rest for rest in item.gone if rest[0] == begun), None)
    if len(there) != 1 or first is None:
        return (item,)
    (join,) = there
    if any(rest[1] != join for rest in item.gone if rest is not first):
        return (item,)
    taken, here, passed = set(item.passed), first[1], [first[1]]
    while here != join:
        out = [(flow, target) for flow, target in ways.get(here, ()) if flow in taken]
        if len(out) != 1 or len(passed) > len(ways) * 2 or (out[0][1] != join and out[0][1] not in passing):
            return (item,)
        flow, here = out[0]
        passed += [flow, here]
    arrived: Rest = (-begun, join, first[2], passed[-2])
    rest = tuple(name for name in item.passed if name not in passed[:-1])
    return (
        Past(item.id, item.kind, (first,), (arrived,), item.reads, tuple(passed[:-1])),
        Past(item.id + 1, "JOIN", (*(other for other in item.gone if other is not first), arrived), item.new, (), rest),
    )

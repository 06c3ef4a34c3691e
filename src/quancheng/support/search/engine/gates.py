"""Who may read a document, as tokens that the index tests: gates on the document, passes in the reader's hand.

A reader sees a document exactly when one of their passes is one of its gates. Passes are made from `Actor.reach`, the
same answer from which `pmi.visible` makes the condition of every list.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from quancheng.security.pmi import public as pmi


@dataclass(frozen=True, slots=True)
class Readers:
    """Somebody who may read: with `privilege` at the organisation path, or owner where a grant is for own things only.

    `organisation` None stands for things that lie nowhere: who holds the privilege anywhere reads them. Kinds in
    `open_to` read what is their own without a grant.
    """

    privilege: str
    organisation: str | None = None
    owner: str = ""
    open_to: tuple[str, ...] = ()


EVERYBODY = Readers(pmi.PUBLIC)
SIGNED_IN = Readers(pmi.SIGNED_IN)


def gates(readers: Iterable[Readers]) -> tuple[str, ...]:
    """Return the gates of a document that all of `readers` may read, sorted."""
    found = set[str]()
    for one in readers:
        if one.organisation is None:
            found.add(_token(one.privilege, "anywhere"))
        else:
            found.add(_token(one.privilege, "at", one.organisation))
            found.update(_token(one.privilege, "below", above) for above in _above(one.organisation))
        if one.owner:
            found.add(_token(one.privilege, "own", one.owner))
            found.update(_token(kind, "open", one.owner) for kind in one.open_to)
    return tuple(sorted(found))


def passes(actor: pmi.Actor) -> tuple[str, ...]:
    """Return the passes that `actor` holds now, sorted."""
    found = {_token(actor.kind, "open", actor.id)}
    for privilege in {pmi.PUBLIC, pmi.SIGNED_IN, *(grant.privilege for grant in actor.grants)}:
        reach = actor.reach(privilege)
        if reach.branches or reach.units:
            found.add(_token(privilege, "anywhere"))
        found.update(_token(privilege, "below", branch) for branch in reach.branches)
        found.update(_token(privilege, "at", unit) for unit in reach.units if unit)
        if reach.unplaced:
            found.add(_token(privilege, "at", ""))
        if reach.own:
            found.add(_token(privilege, "own", actor.id))
    return tuple(sorted(found))


def _above(path: str) -> list[str]:
    """Return the path and all above it, with the empty one, which is above everything."""
    parts = path.split("/")[:-1]
    return ["", *("/".join(parts[: place + 1]) + "/" for place in range(len(parts)))]


def _token(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=9).hexdigest()

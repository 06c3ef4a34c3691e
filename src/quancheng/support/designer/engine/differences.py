"""How two texts of a design differ: parts that came, went or changed, with the properties that changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from quancheng.support.designer.engine import parts
from quancheng.support.designer.engine.parts import Part


@dataclass(frozen=True, slots=True)
class Change:
    """A property that changed; empty where there was or is none."""

    property: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A part that was `added`, `removed` or `changed`."""

    element: str
    how: str
    title: str
    type: str
    changes: tuple[Change, ...]


def between(kind: str, before: str, after: str) -> tuple[Difference, ...]:
    """Return how `after` differs from `before` (empty: there was nothing), changed parts first. :raises Unreadable:"""
    old: Mapping[str, Part] = parts.of(kind, before) if before else {}
    new = parts.of(kind, after)
    changed = [
        Difference(identity, "changed", part.title, part.type, found)
        for identity, part in new.items()
        if identity in old and (found := _changes(old[identity], part))
    ]
    added = [
        Difference(identity, "added", part.title, part.type, _changes(None, part))
        for identity, part in new.items()
        if identity not in old
    ]
    removed = [
        Difference(identity, "removed", part.title, part.type, ())
        for identity, part in old.items()
        if identity not in new
    ]
    return (*changed, *added, *removed)


def _changes(old: Part | None, new: Part) -> tuple[Change, ...]:
    before = dict(old.properties) if old else {}
    found = [
        Change(name, before.get(name, ""), new.properties.get(name, ""))
        for name in [*new.properties, *(name for name in before if name not in new.properties)]
        if before.get(name, "") != new.properties.get(name, "")
    ]
    if old and old.type != new.type:
        found.insert(0, Change("BPMN" if old.type[:1].islower() else "", old.type, new.type))
    return tuple(found)

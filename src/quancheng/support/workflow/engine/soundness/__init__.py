"""Checks before a drawing is put to work: no dead element, every node reaches an end, no join that waits for ever.

Each scope (the process, each sub-process, each event sub-process) is looked at by itself, since a token at a
sub-process stands for all within. See `paths`, `markings`, `events` and `work`; each names the element it is about.
"""

from collections.abc import Callable, Iterator

from quancheng.support.workflow.engine.drawing import Definition, Kind
from quancheng.support.workflow.engine.soundness import events, markings, paths, work
from quancheng.support.workflow.engine.soundness.faults import UnsoundDrawing

__all__ = ["WORK", "UnsoundDrawing", "check", "check_work", "faults"]

WORK = work.CHECKS


def check(definition: Definition) -> bool:
    """Accept a sound definition and tell whether every order of events was tried; see `markings` for when not.

    :raises UnsoundDrawing: naming the node where it is not.
    """
    whole = True
    for one in _checks(definition):
        whole = (one() is not False) and whole
    return whole


def check_work(definition: Definition) -> None:
    """Accept a definition whose tasks say who does them. :raises UnsoundDrawing: naming the first that does not."""
    for one in work.CHECKS:
        for node in definition.nodes.values():
            one(definition, node)


def faults(definition: Definition) -> tuple[UnsoundDrawing, ...]:
    """Return what is wrong with a definition, for each scope and check one fault at most, to show on the drawing."""
    found: list[UnsoundDrawing] = []
    broken: set[str] = set()
    checks: list[Callable[[], object]] = [*_checks(definition), lambda: check_work(definition)]
    for one in checks:
        try:
            one()
        except UnsoundDrawing as fault:
            if fault.facts["id"] not in broken:
                found.append(fault)
            broken.add(str(fault.facts["id"]))
    return tuple(found)


def _checks(definition: Definition) -> Iterator[Callable[[], bool | None]]:
    scopes = ("", *(node.id for node in definition.of_kind(Kind.SUBPROCESS, Kind.EVENT_SUBPROCESS)))
    for scope in scopes:
        yield lambda scope=scope: _scope(definition, scope)  # type: ignore[misc]
    yield lambda: events.check(definition)


def _scope(definition: Definition, scope: str) -> bool:
    # Markings are only walked where every path leads somewhere.
    paths.check(definition, scope)
    return markings.check(definition, scope)

"""Checks before a drawing is put to work: no dead element, every node reaches an end, no join that waits for ever.

Each scope (the process, each sub-process, each event sub-process) is looked at by itself, since a token at a
sub-process stands for all within. See `paths`, `markings`, `events` and `work`; each names the element it is about.
"""

from collections.abc import Iterator

from quancheng.support.workflow.engine.drawing import Definition, Kind
from quancheng.support.workflow.engine.soundness import events, markings, paths
from quancheng.support.workflow.engine.soundness.faults import UnsoundDrawing
from quancheng.support.workflow.engine.soundness.work import faults as work_faults

__all__ = ["UnsoundDrawing", "check", "check_work", "faults", "work_faults"]


def check(definition: Definition) -> bool:
    """Accept a sound definition and tell whether every order of events was tried; see `markings` for when not.

    :raises UnsoundDrawing: naming the node where it is not.
    """
    whole = True
    for scope in _scopes(definition):
        _refuse(paths.faults(definition, scope))
        # Markings are only walked where every path leads somewhere.
        whole = markings.check(definition, scope) and whole
    _refuse(events.faults(definition))
    return whole


def check_work(definition: Definition) -> None:
    """Accept a definition whose tasks say who does them. :raises UnsoundDrawing: naming the first that does not."""
    _refuse(work_faults(definition))


def faults(definition: Definition) -> tuple[UnsoundDrawing, ...]:
    """Return everything that is wrong with a definition, one fault an element, to show on the drawing.

    How branches meet is told only where every path of a scope leads somewhere, and then the first fault of the scope.
    """
    found: dict[str, UnsoundDrawing] = {}
    for fault in _all(definition):
        found.setdefault(str(fault.facts["id"]), fault)
    return tuple(found.values())


def _all(definition: Definition) -> Iterator[UnsoundDrawing]:
    for scope in _scopes(definition):
        broken = tuple(paths.faults(definition, scope))
        yield from broken
        if not broken:
            try:
                markings.check(definition, scope)
            except UnsoundDrawing as fault:
                yield fault
    yield from events.faults(definition)
    yield from work_faults(definition)


def _scopes(definition: Definition) -> tuple[str, ...]:
    return ("", *(node.id for node in definition.of_kind(Kind.SUBPROCESS, Kind.EVENT_SUBPROCESS)))


def _refuse(faults: Iterator[UnsoundDrawing]) -> None:
    for fault in faults:
        raise fault

"""Everything that stands between a drawing and a case, found at once: for designers, and for pages about drawings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.dmn import public as dmn
from quancheng.support.workflow.engine import expressions, reader, rows, soundness
from quancheng.support.workflow.engine.drawing import DECISION, MESSAGE, Definition
from quancheng.support.workflow.engine.handlers import handlers


@dataclass(frozen=True, slots=True)
class DrawingFault:
    """What is wrong at `element` (empty: the whole drawing). `is_fault` tells what `deploy` refuses from a doubt."""

    element: str
    sentence: str
    is_fault: bool = True


def faults(xml: str | bytes) -> tuple[DrawingFault, ...]:
    """Return everything for which `deploy` would refuse a drawing, and doubts about what it refers to.

    A drawing that cannot be read at all gives one fault. One that is not marked executable is only doubted.
    """
    try:
        marked = any(process.executable for process in reader.processes(xml))
        if not marked:
            return (
                DrawingFault("", _("It is not marked executable: it can be viewed, but no case runs on it."), False),
            )
        definition = reader.definition(xml)
    except Refusal as refusal:
        return (_told(refusal),)
    found = [
        *map(_told, soundness.faults(definition)),
        *map(_told, _refused(definition)),
        *_doubts(definition),
    ]
    return tuple(dict.fromkeys(found))


def _told(refusal: Refusal) -> DrawingFault:
    why = str(refusal.facts.get("why", "") or refusal)
    return DrawingFault(str(refusal.facts.get("id", "")), why[:1].upper() + why[1:])


def _refused(definition: Definition) -> Iterator[Refusal]:
    for one in soundness.WORK:
        for node in definition.nodes.values():
            yield from _caught(lambda one=one, node=node: one(definition, node))  # type: ignore[misc]
    for flow in definition.flows.values():
        yield from _caught(lambda flow=flow: expressions.check_flow(flow))  # type: ignore[misc]
    for node in definition.nodes.values():
        for text in expressions.texts(node):
            yield from _caught(lambda text=text, node=node: expressions.parse(text, node.id))  # type: ignore[misc]


def _caught(check: Callable[[], object]) -> Iterator[Refusal]:
    try:
        check()
    except Refusal as refusal:
        yield refusal


def _doubts(definition: Definition) -> Iterator[DrawingFault]:
    """Yield what is referred to and not there today; it may come with another app, or be deployed later."""
    known = handlers()
    for node in definition.nodes.values():
        name = node.handler
        if name.startswith(DECISION):
            key, _slash, decision = name.removeprefix(DECISION).partition("/")
            if key and decision and not dmn.is_known(key, decision):
                yield DrawingFault(node.id, _("There is no decision “%s” here.") % f"{key}/{decision}", False)
        elif name and not name.startswith(MESSAGE) and name not in known:
            yield DrawingFault(node.id, _("No application here does the work “%s”.") % name, False)
        called = node.called
        if called and called.key != definition.key and rows.newest(called.key) is None:
            yield DrawingFault(node.id, _("There is no process “%s” here to call.") % called.key, False)

"""Everything a designer is to be told about a drawing, by the ids of its elements."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.dmn import public as dmn
from quancheng.support.workflow.engine import decisions, expressions, handlers, reader, soundness
from quancheng.support.workflow.engine.drawing import MESSAGE, Definition, Kind, Node
from quancheng.support.workflow.models import Definition as Row


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a drawing, in the reader's language. `element_id` is empty when it is about the whole file.

    `code` is that of the refusal which `deploy` would raise. What does not `hinder` can be put to work, but a case
    would stop there as long as this installation has not what the drawing names.
    """

    element_id: str
    code: str
    sentence: str
    hinders: bool = True


def check(xml: str | bytes) -> list[Fault]:
    """Return everything that keeps a drawing from being put to work, and then what would stop its cases here.

    Nothing is raised, whatever the text is, and nothing is written: made for a designer that shows each fault at its
    element and asks again with every change. An empty list means that `deploy` takes the drawing as executable,
    whatever the drawing says of itself. Elements are named by their ids in the file, flows and the process itself
    included. Not everything is told at once: how branches meet is looked at when all elements can be read and every
    path leads somewhere, and then one fault a scope is told (see `soundness`).
    """
    try:
        definition, unread = reader.reading(xml)
    except reader.NotBpmn as refusal:
        return [_fault(refusal)]
    found = [_fault(refusal) for refusal in unread]
    if definition is None:
        return found
    told = {fault.element_id for fault in found}
    for fault in _ill(definition, whole=not unread):
        if fault.element_id not in told:
            told.add(fault.element_id)
            found.append(fault)
    return found


def _ill(definition: Definition, *, whole: bool) -> Iterator[Fault]:
    yield from map(_fault, soundness.faults(definition) if whole else soundness.work_faults(definition))
    yield from map(_fault, expressions.faults(definition))
    called = [node.called.key for node in definition.nodes.values() if node.called]
    known = {definition.key, *Row.objects.filter(key__in=called, viewing_only=False).values_list("key", flat=True)}
    asked = any(decisions.is_one(node.handler) for node in definition.nodes.values())
    models = {model.key for model in dmn.models()} if asked else set()
    for node in definition.nodes.values():
        if sentence := _missing(node, known, models):
            yield Fault(node.id, handlers.NoHandler.code, sentence, hinders=False)


def _missing(node: Node, processes: set[str], models: set[str]) -> str:
    if node.called and node.called.key not in processes:
        return _("There is no process “%(key)s” here.") % {"key": node.called.key}
    if decisions.is_one(node.handler):
        key = decisions.model_of(node.handler)
        return "" if key in models else _("There is no decision model “%(key)s” here.") % {"key": key}
    named = node.handler and not node.handler.startswith(MESSAGE) and node.kind is not Kind.USER
    if named and node.handler not in handlers.handlers():
        return str(handlers.NoHandler(handler=node.handler))
    return ""


def _fault(refusal: Refusal) -> Fault:
    element = refusal.facts.get("element", refusal.facts.get("id", ""))
    return Fault(str(element), refusal.code, str(refusal))

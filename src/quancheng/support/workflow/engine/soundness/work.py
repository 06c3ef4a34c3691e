"""What a drawing says about work: who does it, which handler, under which condition."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from quancheng.support.workflow.engine.drawing import DECISION, Definition, Kind, Node
from quancheng.support.workflow.engine.soundness.faults import UnsoundDrawing


def people(_definition: Definition, node: Node) -> Iterator[UnsoundDrawing]:
    """A user task names the privilege of those who do it."""
    if node.kind is Kind.USER and not node.privilege:
        yield UnsoundDrawing(id=node.id, why=_("this user task names no privilege (qc:privilege)"))


def handlers(_definition: Definition, node: Node) -> Iterator[UnsoundDrawing]:
    """A service task names its handler, a business rule task its decision."""
    if node.kind is Kind.SERVICE and not node.handler:
        yield UnsoundDrawing(id=node.id, why=_("this service task names no handler (qc:handler)"))
    if node.handler.startswith(DECISION) and not all(node.handler.removeprefix(DECISION).partition("/")):
        yield UnsoundDrawing(id=node.id, why=_("a decision is named by its model and itself: key/decision"))


def conditions(definition: Definition, node: Node) -> Iterator[UnsoundDrawing]:
    """Every branch of a choice has a condition or is the default."""
    if node.kind in {Kind.EXCLUSIVE, Kind.INCLUSIVE} and len(node.outgoing) > 1:
        bare = [f for f in node.outgoing if f != node.default and not definition.flows[f].condition]
        if bare and node.kind is Kind.EXCLUSIVE:
            yield UnsoundDrawing(id=bare[0], why=_("this branch has neither a condition nor is it the default"))


def faults(definition: Definition) -> Iterator[UnsoundDrawing]:
    """Yield what a definition does not say about its work."""
    for one in (people, handlers, conditions):
        for node in definition.nodes.values():
            yield from one(definition, node)

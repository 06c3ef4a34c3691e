"""How often an activity is done: standard loops and many instances."""

from django.utils.translation import gettext_lazy as _
from lxml import etree

from quancheng.support.workflow.engine.drawing import Repeat
from quancheng.support.workflow.engine.reader.files import BPMN, QC, BrokenDrawing, UnsupportedElement, expression, tag

REPEATS = frozenset({"standardLoopCharacteristics", "multiInstanceLoopCharacteristics"})


def repeat(activity: etree._Element, item: etree._Element) -> Repeat:
    """Return what the loop characteristics say. `qc:collection`, `qc:element`, `qc:output` and `qc:gather` may stand
    for BPMN's data inputs and outputs.

    :raises BrokenDrawing: if they do not say how often.
    :raises UnsupportedElement: for the throwing of events by instances.
    """
    identity = activity.get("id", "")
    if tag(item) == "standardLoopCharacteristics":
        return _loop(identity, item)
    if item.get("behavior", "All") != "All":
        raise UnsupportedElement(type="behavior", id=identity)
    collection = expression(item.get(QC + "collection")) or _datum(activity, item.findtext(BPMN + "loopDataInputRef"))
    output = item.get(QC + "output", "") or _datum(activity, item.findtext(BPMN + "loopDataOutputRef"))
    gather = expression(item.get(QC + "gather")) or _item(item, "outputDataItem")
    cardinality = expression(item.findtext(BPMN + "loopCardinality"))
    if bool(cardinality) == bool(collection):
        raise BrokenDrawing(id=identity, why=_("many instances need a number or a collection, and not both"))
    if bool(output) != bool(gather):
        raise BrokenDrawing(id=identity, why=_("what is collected needs a source and a target"))
    return Repeat(
        sequential=item.get("isSequential") == "true",
        cardinality=cardinality,
        collection=collection,
        element=item.get(QC + "element", "") or _item(item, "inputDataItem"),
        output=output,
        gather=gather,
        until=expression(item.findtext(BPMN + "completionCondition")),
    )


def _loop(identity: str, item: etree._Element) -> Repeat:
    during, maximum = expression(item.findtext(BPMN + "loopCondition")), item.get("loopMaximum", "0")
    if not (maximum.isascii() and maximum.isdigit() and len(maximum) < 7):
        raise BrokenDrawing(id=identity, why=_("the loop's maximum is no number"))
    if not during and not int(maximum):
        raise BrokenDrawing(id=identity, why=_("the loop says neither how long nor how often"))
    return Repeat(loop=True, during=during, maximum=int(maximum), test_before=item.get("testBefore") == "true")


def _item(item: etree._Element, name: str) -> str:
    found = item.find(BPMN + name)
    return "" if found is None else found.get("name") or found.get("id") or ""


def _datum(activity: etree._Element, reference: str | None) -> str:
    """Return the variable a data reference stands for: the name of what has that id in the file, else the reference."""
    wanted = (reference or "").strip().rpartition(":")[2]
    if not wanted:
        return ""
    for found in activity.getroottree().getroot().iter(BPMN + "*"):
        if found.get("id") == wanted:
            return found.get("name") or wanted
    return wanted

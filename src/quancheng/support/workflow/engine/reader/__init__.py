"""Reads BPMN 2.0 XML (OMG formal/2013-12-09): everything well-formed for viewing, the executable subset for running."""

from quancheng.support.workflow.engine.drawing import Definition
from quancheng.support.workflow.engine.reader.elements import Reader
from quancheng.support.workflow.engine.reader.files import (
    BPMN,
    MAX_BYTES,
    QC,
    BrokenDrawing,
    NotBpmn,
    Process,
    UnsupportedElement,
    names,
    processes,
    root_of,
)
from quancheng.support.workflow.engine.reader.files import chosen as _chosen
from quancheng.support.workflow.engine.reader.triggers import Names
from quancheng.support.workflow.engine.reader.wiring import wired

__all__ = [
    "BPMN",
    "MAX_BYTES",
    "QC",
    "BrokenDrawing",
    "NotBpmn",
    "Process",
    "UnsupportedElement",
    "definition",
    "names",
    "processes",
]


def definition(xml: str | bytes, *, process: str = "") -> Definition:
    """Return the executable definition of `process`; without it, of the one process marked executable, or the only one.

    :raises NotBpmn: if it is no BPMN file.
    :raises UnsupportedElement: naming the first element outside the executable subset.
    :raises BrokenDrawing: naming the element whose reference leads nowhere.
    """
    root = root_of(xml)
    element = _chosen(root, process)
    reader = Reader(Names.of(root))
    reader.read(element)
    return wired(reader, key=element.get("id", ""), name=element.get("name", ""))

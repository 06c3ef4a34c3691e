"""Reads BPMN 2.0 XML (OMG formal/2013-12-09): everything well-formed for viewing, the executable subset for running."""

from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow.engine.drawing import Definition
from quancheng.support.workflow.engine.reader.elements import Reader
from quancheng.support.workflow.engine.reader.files import (
    BPMN,
    MAX_BYTES,
    QC,
    BrokenDrawing,
    Faults,
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
    "reading",
]


def definition(xml: str | bytes, *, process: str = "") -> Definition:
    """Return the executable definition of `process`; without it, of the one process marked executable, or the only one.

    :raises NotBpmn: if it is no BPMN file.
    :raises UnsupportedElement: naming the first element outside the executable subset.
    :raises BrokenDrawing: naming the element whose reference leads nowhere.
    """
    return _read(xml, process, Faults())


def reading(xml: str | bytes, *, process: str = "") -> tuple[Definition | None, tuple[Refusal, ...]]:
    """Return what could be read of a process, and all its faults by their elements instead of the first.

    A definition with faults is good for nothing but telling more of them. :raises NotBpmn: if it is no BPMN file.
    """
    found: list[Refusal] = []
    try:
        read = _read(xml, process, Faults(found))
    except BrokenDrawing as fault:
        return None, (fault,)
    ill = {fault.facts["id"] for fault in found}
    for flow in read.flows.values():
        # What is said of a flow between elements that could not be read comes of that.
        if ill & {flow.source, flow.target}:
            found = [fault for fault in found if fault.facts["id"] != flow.id]
    return read, tuple(found)


def _read(xml: str | bytes, process: str, faults: Faults) -> Definition:
    root = root_of(xml)
    element = _chosen(root, process)
    reader = Reader(Names.of(root), faults)
    reader.read(element)
    return wired(reader, key=element.get("id", ""), name=element.get("name", ""))

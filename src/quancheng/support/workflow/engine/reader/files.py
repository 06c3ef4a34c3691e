"""BPMN files as XML: what is taken at all, which processes they hold, how things in them are called."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from lxml import etree

from quancheng.kernel.refusal import Refusal

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
QC = "{https://quancheng.example/bpmn}"
MAX_BYTES = 4_000_000


class NotBpmn(Refusal):
    """The text is not well-formed XML, not BPMN 2.0, too large, or holds a document type or entities."""

    code = "workflow.not-bpmn"
    message = _("This is not a BPMN 2.0 drawing: %(why)s.")
    status = 422


class UnsupportedElement(Refusal):
    """The drawing can be viewed but not executed: it holds an element outside the executable subset."""

    code = "workflow.unsupported-element"
    message = _("The element %(type)s “%(id)s” cannot be executed here.")
    status = 422


class BrokenDrawing(Refusal):
    """A reference in the drawing leads nowhere, or an executable element lacks what it needs."""

    code = "workflow.broken-drawing"
    message = _("The element “%(id)s” of the drawing is incomplete: %(why)s.")
    status = 422


class Faults:
    """What becomes of the faults in a drawing: the first is raised, unless there is a list that keeps them all."""

    def __init__(self, kept: list[Refusal] | None = None) -> None:
        self.kept = kept

    @contextmanager
    def each(self) -> Iterator[None]:
        """Read one element; the reading of the others goes on when faults are kept."""
        try:
            yield
        except (UnsupportedElement, BrokenDrawing) as fault:
            if self.kept is None:
                raise
            self.kept.append(fault)


@dataclass(frozen=True, slots=True)
class Process:
    """A process in a file. `executable` is what the drawing says of itself."""

    id: str
    name: str
    executable: bool


def processes(xml: str | bytes) -> tuple[Process, ...]:
    """Return the processes of a file; every well-formed BPMN file can be viewed. :raises NotBpmn: otherwise."""
    return tuple(
        Process(item.get("id", ""), item.get("name", ""), item.get("isExecutable") == "true")
        for item in root_of(xml).iterchildren(BPMN + "process")
    )


def names(xml: str | bytes) -> dict[str, str]:
    """Return the names of all named elements of a file by id, for sentences and text alternatives."""
    return {
        item.get("id"): item.get("name")
        for item in root_of(xml).iter(BPMN + "*")
        if item.get("id") and item.get("name")
    }


def root_of(xml: str | bytes) -> etree._Element:
    """Parse without touching entities, document types, files or the network. :raises NotBpmn: if that cannot be."""
    text = xml.encode() if isinstance(xml, str) else xml
    if len(text) > MAX_BYTES:
        raise NotBpmn(why=_("the file is larger than 4 MB"))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotBpmn(why=str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise NotBpmn(why=_("document types are not accepted"))
    if root.tag != BPMN + "definitions":
        raise NotBpmn(why=_("the outermost element is not bpmn:definitions"))
    return root


def chosen(root: etree._Element, process: str) -> etree._Element:
    """Return the process with this id, else the one marked executable, else the only one.

    :raises BrokenDrawing: if that is not exactly one.
    """
    found = list(root.iterchildren(BPMN + "process"))
    marked = [item for item in found if item.get("isExecutable") == "true"]
    fitting = [item for item in found if item.get("id") == process] if process else marked or found
    if len(fitting) != 1:
        raise BrokenDrawing(id=process or root.get("id", "definitions"), why=_("exactly one process is needed"))
    return fitting[0]


def tag(item: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return etree.QName(item).localname


def expression(text: str | None) -> str:
    """FEEL as it stands in conditions: modellers write it with or without the leading equals sign."""
    return (text or "").strip().removeprefix("=").strip()

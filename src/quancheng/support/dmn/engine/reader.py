"""Reads DMN 1.1–1.5 XML without document types or entities; what it does not know it refuses by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from quancheng.support.dmn.engine import model
from quancheng.support.dmn.engine.boxes import Boxes, attribute, children, local, text_in
from quancheng.support.dmn.engine.refusals import BrokenModel, NotDmn, UnsupportedElement

NAMESPACES = frozenset(
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ]
)
MAX_BYTES = 4_000_000
PASSIVE = frozenset(
    [
        *("description", "extensionElements", "knowledgeSource", "organizationUnit", "performanceIndicator"),
        *("textAnnotation", "association", "elementCollection", "businessContextElement", "group"),
    ]
)
PASSIVE_IN_DECISION = frozenset(
    [
        *("description", "extensionElements", "question", "allowedAnswers", "variable", "informationRequirement"),
        *("knowledgeRequirement", "authorityRequirement", "supportedObjective", "impactedPerformanceIndicator"),
        *("decisionMaker", "decisionOwner", "usingProcess", "usingTask", "encapsulatedLogic"),
    ]
)


def read(xml: str | bytes, imported: Mapping[str, str | bytes] | None = None) -> model.Model:
    """Return the model in `xml` with those it imports, taken from `imported` by their namespaces.

    :raises NotDmn: if it is no DMN file.
    :raises UnsupportedElement: if it holds what the engine does not know.
    :raises BrokenModel: if a reference leads nowhere.
    """
    root = _root(xml)
    reading = _Reading(imported or {})
    reading.file(root)
    namespace = root.get("namespace") or ""
    found = model.Model(
        namespace=namespace,
        id=root.get("id") or root.get("name") or "",
        name=root.get("name") or "",
        elements=reading.elements,
        items=reading.items,
        imports=reading.imports,
    )
    _check_references(found)
    return found


def namespace_of(xml: str | bytes) -> str:
    """Return the namespace a model calls itself by. :raises NotDmn:"""
    return _root(xml).get("namespace") or ""


def id_of(xml: str | bytes) -> str:
    """Return the key a model goes by. :raises NotDmn:"""
    root = _root(xml)
    return root.get("id") or root.get("name") or ""


def _root(xml: str | bytes) -> Any:
    data = xml.encode() if isinstance(xml, str) else xml
    if len(data) > MAX_BYTES:
        raise NotDmn(why="it is too large")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotDmn(why=str(error)) from None
    if root.getroottree().docinfo.doctype:
        raise NotDmn(why="it holds a document type")
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in NAMESPACES:
        raise NotDmn(why="its outermost element is not definitions of DMN 1.1–1.5")
    return root


class _Reading:
    def __init__(self, imported: Mapping[str, str | bytes]) -> None:
        self.imported = imported
        self.elements: dict[str, model.Element] = {}
        self.items: dict[str, tuple[model.Item, ...]] = {}
        self.imports: dict[str, dict[str, str]] = {}

    def file(self, root: Any) -> None:
        namespace = root.get("namespace") or ""
        self.items[namespace] = tuple(_item(one) for one in children(root, "itemDefinition"))
        self.imports[namespace] = {}
        for one in children(root, "import"):
            self._import(one, namespace)
        readers: dict[str, Callable[[Any, str], model.Element]] = {
            "inputData": _input_data,
            "decision": _decision,
            "businessKnowledgeModel": _knowledge,
            "decisionService": _service,
        }
        for one in root:
            if etree.QName(one).namespace not in NAMESPACES:
                continue
            kind = local(one)
            if kind in readers:
                element = readers[kind](one, namespace)
                if element.ref in self.elements:
                    raise BrokenModel(place=element.name, why="two elements have the same id")
                self.elements[element.ref] = element
            elif kind not in PASSIVE | {"itemDefinition", "import", "artifact"}:
                raise UnsupportedElement(type=kind, place=root.get("name") or "")

    def _import(self, one: Any, importer: str) -> None:
        if "/DMN/" not in (one.get("importType") or "/DMN/"):
            raise UnsupportedElement(type=f"import {one.get('importType')}", place=one.get("name") or "")
        namespace = one.get("namespace") or ""
        if namespace not in self.imported:
            raise BrokenModel(place=one.get("name") or namespace, why="the imported model is not there")
        self.imports[importer][" ".join((one.get("name") or "").split())] = namespace
        if namespace not in self.items:
            self.file(_root(self.imported[namespace]))


def _named(one: Any, namespace: str) -> dict[str, Any]:
    name = " ".join((one.get("name") or "").split())
    variable = next(iter(children(one, "variable")), None)
    return {
        "ref": f"{namespace}#{one.get('id') or name}",
        "name": name,
        "type_ref": attribute(variable, "typeRef") if variable is not None else "",
        "model": namespace,
    }


def _input_data(one: Any, namespace: str) -> model.InputData:
    return model.InputData(**_named(one, namespace))


def _decision(one: Any, namespace: str) -> model.Decision:
    named = _named(one, namespace)
    boxes = [part for part in one if local(part) not in PASSIVE_IN_DECISION]
    if len(boxes) > 1:
        raise UnsupportedElement(type=local(boxes[1]), place=named["name"])
    expression = Boxes(named["name"]).expression(boxes[0]) if boxes else None
    return model.Decision(
        **named, requires=_required(one, namespace), expression=expression, question=text_in(one, "question")
    )


def _knowledge(one: Any, namespace: str) -> model.Knowledge:
    named = _named(one, namespace)
    logic = children(one, "encapsulatedLogic")
    boxes = Boxes(named["name"])
    function = boxes.function(logic[0]) if logic else model.Function(parameters=(), body=None)
    return model.Knowledge(**named, requires=_required(one, namespace), function=function)


def _service(one: Any, namespace: str) -> model.Service:
    def refs(kind: str) -> tuple[str, ...]:
        return tuple(_reference(part, namespace) for part in children(one, kind))

    return model.Service(
        **_named(one, namespace),
        outputs=refs("outputDecision"),
        input_decisions=refs("inputDecision"),
        input_data=refs("inputData"),
    )


def _required(one: Any, namespace: str) -> tuple[str, ...]:
    return tuple(
        _reference(part, namespace)
        for kind in ("informationRequirement", "knowledgeRequirement")
        for requirement in children(one, kind)
        for part in requirement
        if local(part).startswith("required")
    )


def _reference(part: Any, namespace: str) -> str:
    model_of, _hash, identity = (part.get("href") or "").rpartition("#")
    return f"{model_of or namespace}#{identity}"


def _item(one: Any) -> model.Item:
    function = children(one, "functionItem")
    return model.Item(
        name=" ".join((one.get("name") or "").split()),
        type_ref=attribute(function[0], "outputTypeRef") if function else text_in(one, "typeRef").removeprefix("feel:"),
        collection=one.get("isCollection") == "true",
        components=tuple(_item(part) for part in children(one, "itemComponent")),
        allowed=text_in(one, "allowedValues"),
        constraint=text_in(one, "typeConstraint"),
        parameters=tuple(
            model.Variable(name=part.get("name") or "", type_ref=attribute(part, "typeRef"))
            for part in children(function[0], "parameters")
        )
        if function
        else None,
    )


def _check_references(found: model.Model) -> None:
    for element in found.elements.values():
        for reference in references_of(element):
            if reference not in found.elements:
                raise BrokenModel(
                    place=element.name, why=f"it requires {reference.rpartition('#')[2]}, which is not there"
                )
    sound: set[str] = set()
    for element in found.elements.values():
        _check_circle(found, element, (), sound)


def references_of(element: model.Element) -> tuple[str, ...]:
    """Return what an element of the requirements graph needs."""
    if isinstance(element, model.Decision | model.Knowledge):
        return element.requires
    if isinstance(element, model.Service):
        return (*element.outputs, *element.input_decisions, *element.input_data)
    return ()


def _check_circle(found: model.Model, element: model.Element, path: tuple[str, ...], sound: set[str]) -> None:
    if not isinstance(element, model.Decision) or element.ref in sound:
        return
    if element.ref in path:
        raise BrokenModel(place=element.name, why="it requires itself")
    for reference in element.requires:
        _check_circle(found, found.elements[reference], (*path, element.ref), sound)
    sound.add(element.ref)

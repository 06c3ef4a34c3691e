"""A design taken apart: elements of a drawing, rules of a table, fields of a form, each with its properties."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from lxml import etree

from quancheng.support.designer import rules
from quancheng.support.designer.engine import texts

_B, _Q = f"{{{rules.BPMN}}}", f"{{{rules.QC}}}"
_EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
_TASKS = ("task", "userTask", "serviceTask", "sendTask", "receiveTask", "manualTask", "businessRuleTask", "scriptTask",
          "callActivity", "subProcess", "transaction", "adHocSubProcess")  # fmt: skip
_GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway")
_OTHERS = ("process", "collaboration", "participant", "lane", "sequenceFlow", "messageFlow", "association",
           "textAnnotation",
           "dataObject", "dataObjectReference", "dataStoreReference", "group", "message", "signal", "error",
           "escalation")  # fmt: skip
_OWN = frozenset({*_EVENTS, *_TASKS, *_GATEWAYS, *_OTHERS})
# What the drawing says twice, or what only containers hold.
_NOISE = frozenset({"incoming", "outgoing", "laneSet", "documentation"})
_TABLE_PARTS = frozenset({"decision", "inputData", "businessKnowledgeModel", "decisionService", "itemDefinition",
                          "input",
                          "output", "rule", "knowledgeSource"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a design: its id, what people call it, what it is, its properties by their words."""

    id: str
    title: str
    type: str
    properties: Mapping[str, str]


def of(kind: str, text: str) -> dict[str, Part]:
    """Return the parts of a text in its order. :raises Unreadable:"""
    found = {"process": _drawing, "decision": _tables, "form": _form}[kind](text)
    return {part.id: part for part in found}


def names(text: str) -> dict[str, str]:
    """Return what the elements of a drawing are called, by id: name, else kind and id. :raises Unreadable:"""
    return {part.id: part.title for part in _drawing(text)}


def _words() -> dict[str, str]:
    return {
        "name": pgettext("designer", "Name"),
        "privilege": pgettext("designer", "Privilege"),
        "organisation": _("Organisation"),
        "form": _("Form"),
        "days": _("Deadline"),
        "law": pgettext("designer", "Law"),
        "article": pgettext("designer", "Article"),
        "handler": _("Handler"),
        "decision": pgettext("designer", "Decision"),
        "moves": _("Moves allowed"),
        "repeatable": _("May run again"),
        "conditionExpression": _("Condition"),
        "sourceRef": pgettext("flow", "From"),
        "targetRef": pgettext("flow", "To"),
        "default": _("Default branch"),
        "documentation": _("Remarks"),
        "calledElement": _("Called process"),
        "isExecutable": _("Executable"),
        "cancelActivity": _("Interrupts"),
        "timerEventDefinition/timeDuration": _("Duration"),
        "timerEventDefinition/timeDate": pgettext("designer", "Date"),
        "multiInstanceLoopCharacteristics": _("Many instances"),
        "label": pgettext("designer", "Label"),
        "type": pgettext("designer", "Type"),
        "key": pgettext("designer", "Key"),
        "validate/required": _("Required"),
        "conditional/hide": _("Hidden when"),
        "properties/format": _("Format"),
        "properties/catalogue": _("Catalogue item"),
        "properties/basis": _("Legal basis"),
        "hitPolicy": _("Hit policy"),
    }


def _drawing(text: str) -> Iterator[Part]:
    words = _words()
    root = texts.xml(text)
    for item in root.iter(_B + "*"):
        tag = etree.QName(item).localname
        if tag not in _OWN or not item.get("id"):
            continue
        found: dict[str, str] = {}
        for key, value in item.attrib.items():
            if key != "id":
                found[_attribute(str(key))] = str(value)
        for child in item:
            if isinstance(child.tag, str):
                _flatten(child, "", found, owner=tag)
        called = " ".join((item.get("name") or "").split())
        properties = {words.get(key, key): value for key, value in found.items() if value}
        yield Part(item.get("id", ""), called or f"{tag} {item.get('id')}", tag, properties)


def _attribute(key: str) -> str:
    # Ours without a prefix; anybody else's with its namespace, since we know no better word for it.
    return key.removeprefix(_Q)


def _flatten(item: etree._Element, before: str, found: dict[str, str], *, owner: str) -> None:
    name = etree.QName(item)
    tag = name.localname
    if name.namespace == rules.BPMN and tag == "documentation":
        found["documentation"] = (item.text or "").strip()
        return
    if name.namespace == rules.BPMN and (tag in _NOISE or tag in _OWN or (owner == "collaboration" and not before)):
        return
    place = f"{before}{tag}"
    texted = " ".join((item.text or "").split())
    where, number = place, 2
    while where in found:
        where, number = f"{place} {number}", number + 1
    found[where] = texted or "✓"
    for key, value in item.attrib.items():
        if key != "id" and not key.startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
            found[f"{where}/{_attribute(str(key))}"] = str(value)
    for child in item:
        if isinstance(child.tag, str):
            _flatten(child, f"{where}/", found, owner=owner)


def _tables(text: str) -> Iterator[Part]:
    words = _words()
    for item in texts.xml(text).iter("{*}*"):
        tag = etree.QName(item).localname
        if tag not in _TABLE_PARTS or not item.get("id"):
            continue
        identity = item.get("id", "")
        if tag == "rule":
            yield _rule(item, identity)
            continue
        found = {str(key): str(value) for key, value in item.attrib.items() if key not in ("id", "href")}
        for child in item.iterdescendants("{*}*"):
            inner = etree.QName(child).localname
            if inner in ("text", "hitPolicy", "inputValues", "outputValues") and not _inside(child, "rule"):
                parent = child.getparent()
                where = etree.QName(parent).localname if parent is not None else inner
                # Columns are parts of their own.
                if tag in ("input", "output") or not (_inside(child, "input") or _inside(child, "output")):
                    found[where] = " ".join((child.text or "").split())
            if inner == "decisionTable":
                found["hitPolicy"] = f"{child.get('hitPolicy', 'UNIQUE')} {child.get('aggregation', '')}".strip()
            if inner == "informationRequirement":
                needs = ", ".join(sorted(one.get("href", "").lstrip("#") for one in child.iterdescendants("{*}*")))
                found["informationRequirement"] = ", ".join(
                    filter(None, [found.get("informationRequirement", ""), needs])
                )
        title = item.get("label") or item.get("name") or identity
        yield Part(identity, title, tag, {words.get(key, key): value for key, value in found.items() if value})


def _inside(item: etree._Element, tag: str) -> bool:
    return any(etree.QName(above).localname == tag for above in item.iterancestors())


def _rule(item: etree._Element, identity: str) -> Part:
    table = item.getparent()
    columns: list[str] = []
    number = 1
    if table is not None:
        found = {"input": [], "output": []}  # type: dict[str, list[str]]
        for child in table:
            tag = etree.QName(child).localname if isinstance(child.tag, str) else ""
            if tag in found:
                texted = next((one.text or "" for one in child.iterdescendants("{*}text")), "")
                found[tag].append(child.get("label") or child.get("name") or texted or child.get("id") or tag)
        columns = [*found["input"], *found["output"]]
        number = [child for child in table if child.tag == item.tag].index(item) + 1
    cells = [
        " ".join((next((one.text or "" for one in child.iterdescendants("{*}text")), "")).split())
        for child in item
        if isinstance(child.tag, str) and etree.QName(child).localname in ("inputEntry", "outputEntry")
    ]
    named: dict[str, str] = {}
    for place, cell in enumerate(cells):
        column = columns[place] if place < len(columns) else str(place + 1)
        named[column if column not in named else f"{column} {place + 1}"] = cell or "-"
    return Part(identity, _("Rule %s") % number, "rule", named)


def _form(text: str) -> Iterator[Part]:
    yield from _components(texts.schema(text).get("components") or (), _words(), depth=0)


def _components(items: Any, words: Mapping[str, str], *, depth: int) -> Iterator[Part]:
    if not isinstance(items, list) or depth > 20:
        return
    for item in items:
        if not isinstance(item, dict):
            continue
        identity = str(item.get("key") or item.get("path") or item.get("id") or item.get("type") or "")
        found: dict[str, str] = {}
        _spread({key: value for key, value in item.items() if key not in ("id", "components", "layout")}, "", found)
        title = str(item.get("label") or item.get("text") or identity)[:80]
        yield Part(
            identity, title, str(item.get("type") or ""), {words.get(key, key): value for key, value in found.items()}
        )
        yield from _components(item.get("components"), words, depth=depth + 1)


def _spread(value: Any, before: str, found: dict[str, str]) -> None:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            _spread(inner, f"{before}/{key}" if before else str(key), found)
    elif value not in (None, "", [], {}):
        found[before] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

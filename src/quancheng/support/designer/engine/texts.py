"""The texts of designs: XML without document types or entities, JSON without surprises."""

import json
from typing import Any

from django.utils.translation import gettext_lazy as _
from lxml import etree

from quancheng.kernel.refusal import Refusal
from quancheng.support.designer import rules


class Unreadable(Refusal):
    """The text is no drawing, no decision model or no form, or too large."""

    code = "designer.unreadable"
    message = _("This text cannot be read: %(why)s.")
    status = 422


class OtherKey(Refusal):
    """The text goes by another key than its design."""

    code = "designer.other-key"
    message = _("The key in the text is “%(found)s”, but this design is “%(key)s”. A design keeps its key.")
    status = 422


def plain(text: str) -> str:
    """Return a text as it is kept: plain line ends. :raises Unreadable: when it is too large or holds NUL."""
    if len(text.encode("utf-8", "surrogatepass")) > rules.LARGEST:
        raise Unreadable(why=_("it is larger than 4 MB"))
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise Unreadable(why=_("it holds characters that no text has"))
    return text.replace("\r\n", "\n").strip() + "\n"


def xml(text: str) -> etree._Element:
    """Return the outermost element. :raises Unreadable:"""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(why=str(error)) from None
    if root.getroottree().docinfo.doctype:
        raise Unreadable(why=_("document types are not accepted"))
    return root


def schema(text: str) -> dict[str, Any]:
    """Return a form's schema. :raises Unreadable:"""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(why=str(error)) from None
    if not isinstance(found, dict) or not isinstance(found.get("components", []), list):
        raise Unreadable(why=_("a form is an object with components"))
    return found


def keys(kind: str, text: str) -> tuple[str, ...]:
    """Return the keys that a text of `kind` goes by: of a drawing each of its processes. :raises Unreadable:"""
    if kind == "form":
        return (str(schema(text).get("id") or ""),)
    root = xml(text)
    if kind == "process":
        if root.tag != f"{{{rules.BPMN}}}definitions":
            raise Unreadable(why=_("the outermost element is not bpmn:definitions"))
        found = list(root.iterchildren(f"{{{rules.BPMN}}}process"))
        found.sort(key=lambda item: item.get("isExecutable") != "true")
        return tuple(item.get("id", "") for item in found)
    if etree.QName(root).localname != "definitions" or "/DMN/" not in str(etree.QName(root).namespace):
        raise Unreadable(why=_("the outermost element is not the definitions of DMN"))
    return (root.get("id") or root.get("name") or "",)


def title(kind: str, text: str) -> str:
    """Return what a text calls itself, else its key. :raises Unreadable:"""
    key = next(iter(keys(kind, text)), "")
    if kind == "form":
        found = schema(text)
        given = found.get("properties")
        properties: dict[str, Any] = given if isinstance(given, dict) else {}
        groups = [item.get("label") for item in found.get("components", []) if isinstance(item, dict)]
        return str(properties.get("title") or found.get("title") or next(filter(None, groups), "") or key)[:200]
    root = xml(text)
    if kind == "process":
        named = {item.get("id"): item.get("name") for item in root.iterchildren(f"{{{rules.BPMN}}}process")}
        return str(named.get(key) or key)[:200]
    return str(root.get("name") or key)[:200]


def fitting(kind: str, key: str, text: str) -> str:
    """Return a text as it is kept under `key`. :raises Unreadable: :raises OtherKey:"""
    text = plain(text)
    found = keys(kind, text)
    if key not in found:
        raise OtherKey(found=", ".join(found), key=key)
    return text


def kind_of(text: str) -> str:
    """Return whether a text is a process, a decision or a form. :raises Unreadable: if it is none of them."""
    if text.lstrip()[:1] == "{":
        schema(text)
        return "form"
    root = xml(text)
    return "process" if root.tag == f"{{{rules.BPMN}}}definitions" else "decision" if keys("decision", text) else ""

"""Reading XML of strangers without being harmed by it, and writing our own."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from django.utils.translation import gettext_lazy as _
from lxml import etree

from quancheng.kernel.refusal import Refusal

SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
MD: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
MDUI: Final = "urn:oasis:names:tc:SAML:metadata:ui"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XS: Final = "http://www.w3.org/2001/XMLSchema"
SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
PREFIXES: Final = {"saml": SAML, "samlp": SAMLP, "md": MD, "ds": DS, "xenc": XENC, "mdui": MDUI, "soap": SOAP}

LARGEST_MESSAGE: Final = 64 * 1024
LARGEST_METADATA: Final = 256 * 1024
DECLARATION: Final = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")
# What an xs:ID of a message may be here; longer ones are nobody's (SAML Core, 1.3.4 asks for 128 to 160 random bits).
IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,255}")

Element: TypeAlias = etree._Element


class BadMessage(Refusal):
    code = "identity.bad-saml-message"
    message = _("The other system has sent something that cannot be accepted: %(why)s")
    status = 400


def tag(space: str, name: str) -> str:
    return f"{{{space}}}{name}"


def parse(content: bytes, *, largest: int = LARGEST_MESSAGE) -> Element:
    """Return the root of a document in UTF-8. Nothing in it is fetched, expanded or left out.

    :raises BadMessage: if it is too large, no XML, or holds a document type, comments, processing instructions or two
        elements of one ID. Comments and instructions would split texts (CVE-2017-11427 and its kin), so that one
        reader sees another name than the next.
    """
    if len(content) > largest:
        raise BadMessage(why=_("it is too large."))
    try:
        text = DECLARATION.sub("", content.decode("utf-8"))
        if "<!" in text.replace("<![CDATA[", ""):
            raise BadMessage(why=_("it holds a document type or comments."))
        # The text is given as UTF-8 whatever its declaration said, so that no reader sees another one than we do.
        root = etree.fromstring(text.encode(), _parser())
    except (UnicodeDecodeError, etree.XMLSyntaxError, ValueError) as error:
        raise BadMessage(why=_("it is no XML in UTF-8.")) from error
    if root.getroottree().docinfo.doctype:
        raise BadMessage(why=_("it holds a document type or comments."))
    beside = root.getprevious() is not None or root.getnext() is not None
    if beside or any(not isinstance(node.tag, str) for node in root.iter()):
        raise BadMessage(why=_("it holds a document type or comments."))
    names = [name for node in root.iter() for name in (node.get("ID"), node.get("Id"), node.get("id")) if name]
    if len(names) != len(set(names)):
        raise BadMessage(why=_("two of its parts have the same identifier."))
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        attribute_defaults=False, huge_tree=False,
    )  # fmt: skip


def make(space: str, name: str, *children: Element | str | None, **attributes: str | None) -> Element:
    """Return a new element; what is None is left out."""
    made = etree.Element(tag(space, name), nsmap={key: value for key, value in PREFIXES.items() if value == space})
    for key, value in attributes.items():
        if value is not None:
            made.set(key, value)
    for child in children:
        if isinstance(child, str):
            made.text = child
        elif child is not None:
            made.append(child)
    return made


def text_of(node: Element | None, path: str, *, longest: int = 1024) -> str:
    """Return the text of the only element at `path` below `node`, empty when there is none. :raises BadMessage:"""
    found = only(node, path)
    text = (found.text or "").strip() if found is not None else ""
    if len(text) > longest or (found is not None and len(found)):
        raise BadMessage(why=_("a text in it is too long."))
    return text


def only(node: Element | None, path: str) -> Element | None:
    """Return the only element at `path` below `node`. :raises BadMessage: if there are several."""
    found = node.findall(path, PREFIXES) if node is not None else []
    if len(found) > 1:
        raise BadMessage(why=_("a part of it stands there twice."))
    return found[0] if found else None


def serialised(root: Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def plain(root: Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=False)


def stamp(at: datetime) -> str:
    """Return a time as SAML writes it: UTC, to the second (SAML Core, 1.3.3)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """Read such a time. :raises BadMessage: if it is none, or names no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadMessage(why=_("a time in it cannot be read.")) from error
    # Far from the ends of the calendar, so that what is added to it does not leave them.
    if found.tzinfo is None or not 2000 <= found.year <= 9000:
        raise BadMessage(why=_("a time in it cannot be read."))
    return found


def fresh(issued: datetime, *, at: datetime, within: timedelta, ahead: timedelta = timedelta(minutes=3)) -> bool:
    """Test whether a message is young enough; clocks may differ by `ahead`."""
    return at - within <= issued <= at + ahead


def is_identifier(text: str) -> bool:
    return bool(IDENTIFIER.fullmatch(text))


def texts(nodes: Iterable[Element]) -> tuple[str, ...]:
    return tuple(text for node in nodes if (text := (node.text or "").strip()))

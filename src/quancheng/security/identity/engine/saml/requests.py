"""What departments' systems send: requests to sign somebody in or out, and answers to ours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from quancheng.security.identity.engine.saml.metadata import Endpoint, System
from quancheng.security.identity.engine.saml.xml import (
    PREFIXES,
    SAMLP,
    SOAP,
    BadMessage,
    Element,
    fresh,
    is_identifier,
    moment,
    only,
    parse,
    tag,
    text_of,
    texts,
)  # fmt: skip

# How old a request may be when it comes; who then takes time to sign in has more (`web.saml.LASTS`).
WITHIN: Final = timedelta(minutes=10)
MOST_CLASSES: Final = 20
COMPARISONS: Final = ("exact", "minimum", "better", "maximum")
SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"


class UnknownAddress(BadMessage):
    code = "identity.unknown-saml-address"
    message = _(
        "The other system asks to be answered at an address that is not registered. Its operator must correct it."
    )


@dataclass(frozen=True, slots=True)
class SignOn:
    """A request to sign somebody in (AuthnRequest, SAML Core 3.4.1)."""

    id: str
    issued_at: datetime
    consumer: str
    force: bool
    passive: bool
    name_format: str
    classes: tuple[str, ...]
    comparison: str
    # What stands in it that this site does not do: a code of SAML Core 3.2.2.2, empty when there is nothing.
    beyond: str


@dataclass(frozen=True, slots=True)
class SignOff:
    """A request to sign somebody out (LogoutRequest, 3.7.1)."""

    id: str
    issued_at: datetime
    name: str
    indexes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a request of ours to sign somebody out (LogoutResponse, 3.7.2)."""

    in_response_to: str
    done: bool


def issuer(root: Element) -> str:
    """Return who sent a message. :raises BadMessage:"""
    found = text_of(root, "saml:Issuer")
    if not found:
        raise BadMessage(why=_("it does not say who sent it."))
    return found


def sign_on(root: Element, system: System, *, destination: str, signed: bool, at: datetime) -> SignOn:
    """Read an AuthnRequest. :raises BadMessage: :raises UnknownAddress:"""
    issued_at = _common(root, "AuthnRequest", destination=destination, signed=signed, at=at)
    policy, asked = only(root, "samlp:NameIDPolicy"), only(root, "samlp:RequestedAuthnContext")
    classes = texts(asked.findall("saml:AuthnContextClassRef", PREFIXES)) if asked is not None else ()
    comparison = (asked.get("Comparison") or "exact") if asked is not None else "exact"
    if len(classes) > MOST_CLASSES or comparison not in COMPARISONS or any(len(name) > 300 for name in classes):
        raise BadMessage(why=_("the requested level cannot be read."))
    declared = asked is not None and asked.find("saml:AuthnContextDeclRef", PREFIXES) is not None
    beyond = "RequestUnsupported" if only(root, "saml:Subject") is not None else ""
    if root.get("ProtocolBinding") not in {None, "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"}:
        beyond = "UnsupportedBinding"
    return SignOn(
        id=root.get("ID") or "",
        issued_at=issued_at,
        consumer=_consumer(root, system).location,
        force=_flag(root, "ForceAuthn"),
        passive=_flag(root, "IsPassive"),
        name_format=((policy.get("Format") or "") if policy is not None else "")[:300],
        classes=classes,
        comparison=comparison,
        beyond="NoAuthnContext" if declared and not classes else beyond,
    )


def sign_off(root: Element, *, destination: str, at: datetime) -> SignOff:
    """Read a LogoutRequest; it must have been signed. :raises BadMessage:"""
    issued_at = _common(root, "LogoutRequest", destination=destination, signed=True, at=at)
    if (until := root.get("NotOnOrAfter")) and moment(until) <= at - timedelta(minutes=3):
        raise BadMessage(why=_("it is too old."))
    name = text_of(root, "saml:NameID")
    if not name:
        raise BadMessage(why=_("it does not say whom it is about."))
    indexes = texts(root.findall("samlp:SessionIndex", PREFIXES))
    return SignOff(root.get("ID") or "", issued_at, name, indexes[:MOST_CLASSES])


def answer(root: Element, *, destination: str, at: datetime) -> Answer:
    """Read a LogoutResponse. :raises BadMessage:"""
    _common(root, "LogoutResponse", destination=destination, signed=True, at=at)
    code = root.find("samlp:Status/samlp:StatusCode", PREFIXES)
    return Answer(root.get("InResponseTo") or "", code is not None and code.get("Value") == SUCCESS)


def heard(content: bytes, name: str) -> bool:
    """Test whether an envelope of SOAP says that the request `name` was done. :raises BadMessage:"""
    root = parse(content)
    path = f"soap:Body/{tag(SAMLP, 'LogoutResponse')}"
    found = root.find(path, PREFIXES) if root.tag == tag(SOAP, "Envelope") else None
    code = found.find("samlp:Status/samlp:StatusCode", PREFIXES) if found is not None else None
    return found is not None and found.get("InResponseTo") == name and code is not None and code.get("Value") == SUCCESS


def _common(root: Element, kind: str, *, destination: str, signed: bool, at: datetime) -> datetime:
    if root.tag != tag(SAMLP, kind) or root.get("Version") != "2.0":
        raise BadMessage(why=_("it is no %(kind)s of SAML 2.0.") % {"kind": kind})
    if not is_identifier(root.get("ID") or ""):
        raise BadMessage(why=_("its identifier cannot be used."))
    said = root.get("Destination")
    # Who signs must say for whom, so that nobody hands it on (SAML Bindings 3.4.5.2, 3.5.5.2).
    if said != destination and (said or signed):
        raise BadMessage(why=_("it was meant for another address."))
    issued_at = moment(root.get("IssueInstant") or "")
    if not fresh(issued_at, at=at, within=WITHIN):
        raise BadMessage(why=_("it is too old, or its clock is wrong."))
    return issued_at


def _consumer(root: Element, system: System) -> Endpoint:
    address, index = root.get("AssertionConsumerServiceURL"), root.get("AssertionConsumerServiceIndex")
    if address is not None and index is not None:
        raise BadMessage(why=_("it names two addresses to be answered at."))
    if address is None and index is None:
        return system.default_consumer
    for item in system.consumers:
        if item.location == address or (address is None and str(item.index) == index):
            return item
    raise UnknownAddress


def _flag(root: Element, name: str) -> bool:
    return (root.get(name) or "").strip() in {"true", "1"}

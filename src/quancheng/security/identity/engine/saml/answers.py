"""What this site sends: assertions about people, refusals, requests and answers about signing out."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from quancheng.security.identity.engine.saml import encryption, signatures
from quancheng.security.identity.engine.saml.metadata import PERSISTENT
from quancheng.security.identity.engine.saml.xml import SAML, SAMLP, Element, make, stamp

STATUS: Final = "urn:oasis:names:tc:SAML:2.0:status:"
BASIC: Final = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
# Clocks of the other systems may be behind by this.
BEHIND: Final = timedelta(minutes=1)
LASTS: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Key:
    """What this site signs with."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    def sign(self, root: Element) -> Element:
        return signatures.sign(root, key=self.private, certificate=self.certificate)


@dataclass(frozen=True, slots=True)
class Name:
    """By what a person is called to a system (SAML Core 2.2.3, 8.3)."""

    value: str
    format: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a system is told of somebody who signs in. `ends_at`: when the session here ends at the latest."""

    name: Name
    attributes: Mapping[str, Sequence[str]]
    context: str
    proven_at: datetime
    index: str
    ends_at: datetime


def new_id() -> str:
    """Return a fresh identifier of 160 random bits (SAML Core 1.3.4)."""
    return f"_{secrets.token_hex(20)}"


def success(
    told: Told,
    *,
    issuer: str,
    audience: str,
    recipient: str,
    in_response_to: str,
    at: datetime,
    key: Key,
    encrypt_to: str = "",
) -> Element:
    """Return a signed Response with a signed assertion, encrypted if there is a key (SAML Profiles 4.1.4.2)."""
    assertion = key.sign(
        _assertion(told, issuer=issuer, audience=audience, recipient=recipient, in_response_to=in_response_to, at=at)
    )
    body = encryption.encrypted(assertion, encrypt_to) if encrypt_to else assertion
    root = _message("Response", issuer, recipient, in_response_to, at)
    root.append(_status("Success"))
    root.append(body)
    return key.sign(root)


def refusal(
    status: str, why: str = "", *, issuer: str, recipient: str, in_response_to: str, at: datetime, key: Key
) -> Element:
    """Return a signed Response without an assertion; `status` and `why` are codes of SAML Core 3.2.2.2."""
    root = _message("Response", issuer, recipient, in_response_to, at)
    root.append(_status(status, why))
    return key.sign(root)


def logout_request(
    name: Name, *, issuer: str, audience: str, destination: str, index: str, identifier: str, at: datetime
) -> Element:
    """Return a LogoutRequest, not signed yet: a redirect signs its query instead."""
    root = _message("LogoutRequest", issuer, destination, "", at)
    root.set("ID", identifier)
    root.set("NotOnOrAfter", stamp(at + LASTS))
    root.append(_name(name, issuer, audience))
    if index:
        root.append(make(SAMLP, "SessionIndex", index))
    return root


def logout_response(
    *, issuer: str, destination: str, in_response_to: str, partly: bool, status: str = "Success", at: datetime
) -> Element:
    """Return a LogoutResponse, not signed yet; `partly`: some other system could not be told (SAML Core 3.2.2.2)."""
    root = _message("LogoutResponse", issuer, destination, in_response_to, at)
    root.append(_status(status, "PartialLogout" if partly else ""))
    return root


def _message(kind: str, issuer: str, destination: str, in_response_to: str, at: datetime) -> Element:
    return make(
        SAMLP, kind, make(SAML, "Issuer", issuer),
        ID=new_id(), Version="2.0", IssueInstant=stamp(at), Destination=destination,
        InResponseTo=in_response_to or None,
    )  # fmt: skip


def _status(status: str, why: str = "") -> Element:
    inner = make(SAMLP, "StatusCode", Value=STATUS + why) if why else None
    return make(SAMLP, "Status", make(SAMLP, "StatusCode", inner, Value=STATUS + status))


def _name(name: Name, issuer: str, audience: str) -> Element:
    pairwise = name.format == PERSISTENT
    return make(
        SAML, "NameID", name.value, Format=name.format,
        NameQualifier=issuer if pairwise else None, SPNameQualifier=audience if pairwise else None,
    )  # fmt: skip


def _assertion(told: Told, *, issuer: str, audience: str, recipient: str, in_response_to: str, at: datetime) -> Element:
    confirmed = make(
        SAML, "SubjectConfirmationData",
        InResponseTo=in_response_to, Recipient=recipient, NotOnOrAfter=stamp(at + LASTS),
    )  # fmt: skip
    subject = make(
        SAML, "Subject", _name(told.name, issuer, audience),
        make(SAML, "SubjectConfirmation", confirmed, Method=BEARER),
    )  # fmt: skip
    conditions = make(
        SAML, "Conditions", make(SAML, "AudienceRestriction", make(SAML, "Audience", audience)),
        NotBefore=stamp(at - BEHIND), NotOnOrAfter=stamp(at + LASTS),
    )  # fmt: skip
    statement = make(
        SAML, "AuthnStatement",
        make(SAML, "AuthnContext", make(SAML, "AuthnContextClassRef", told.context)),
        AuthnInstant=stamp(told.proven_at), SessionIndex=told.index, SessionNotOnOrAfter=stamp(told.ends_at),
    )  # fmt: skip
    attributes = make(SAML, "AttributeStatement", *(_attribute(*pair) for pair in told.attributes.items()))
    return make(
        SAML, "Assertion", make(SAML, "Issuer", issuer), subject, conditions, statement,
        attributes if len(attributes) else None,
        ID=new_id(), Version="2.0", IssueInstant=stamp(at),
    )  # fmt: skip


def _attribute(name: str, values: Sequence[str]) -> Element:
    made = make(SAML, "Attribute", Name=name, NameFormat=BASIC)
    made.extend(make(SAML, "AttributeValue", _writable(value)) for value in values)
    return made


def _writable(text: str) -> str:
    # A name typed with characters that XML 1.0 cannot carry must not keep its owner from signing in.
    return "".join(sign for sign in text if sign in "\t\n" or (sign >= " " and sign not in "\ufffe\uffff"))

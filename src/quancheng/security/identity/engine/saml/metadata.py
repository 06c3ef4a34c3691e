"""Metadata (SAML Metadata, 2005): what a department's system says of itself, and what this site says of itself."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import rules
from quancheng.security.identity.engine.saml import bindings, signatures
from quancheng.security.identity.engine.saml.xml import (
    DS,
    LARGEST_METADATA,
    MD,
    PREFIXES,
    SAMLP,
    BadMessage,
    Element,
    make,
    moment,
    parse,
    serialised,
    stamp,
    tag,
    texts,
)  # fmt: skip

PERSISTENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
NAME_FORMATS: Final = (PERSISTENT, UNSPECIFIED, TRANSIENT)
SENDS: Final = {bindings.REDIRECT: "redirect", bindings.POST: "post", bindings.SOAP_BINDING: "soap"}
SMALLEST_KEY: Final = 2048
MOST_ENDPOINTS: Final = 50
LONGEST_ENTITY: Final = 1024  # SAML Metadata 2.2.1
REFRESH: Final = timedelta(days=1)


class BadMetadata(Refusal):
    code = "identity.bad-saml-metadata"
    message = _("This metadata cannot be taken: %(why)s")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a system takes messages. `binding` is redirect, post or soap; answers go to `answers_at` if it is given."""

    binding: str
    location: str
    answers_at: str = ""
    index: int = 0
    is_default: bool = False

    @property
    def for_answers(self) -> str:
        return self.answers_at or self.location


@dataclass(frozen=True, slots=True)
class System:
    """What a system (service provider) says of itself. Certificates are base64 of DER."""

    entity: str
    consumers: tuple[Endpoint, ...]
    logouts: tuple[Endpoint, ...] = ()
    signing: tuple[str, ...] = ()
    encryption: tuple[str, ...] = ()
    name_formats: tuple[str, ...] = ()
    signs_requests: bool = False
    title: str = field(default="", compare=False)

    @property
    def default_consumer(self) -> Endpoint:
        """Where it takes assertions unless it says otherwise (SAML Metadata 2.4.4.1)."""
        return next((item for item in self.consumers if item.is_default), self.consumers[0])

    def logout(self, *wanted: str) -> Endpoint | None:
        """Return where it hears of signing out, by the first of these bindings that it knows."""
        return next((item for kind in wanted for item in self.logouts if item.binding == kind), None)

    def stored(self) -> dict[str, Any]:
        """Return it as plain data for a column of JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, data: dict[str, Any]) -> "System":
        lists = {key: tuple(data[key]) for key in ("signing", "encryption", "name_formats")}
        ends = {key: tuple(Endpoint(**item) for item in data[key]) for key in ("consumers", "logouts")}
        return cls(**{**data, **lists, **ends})


def read(content: bytes, *, at: datetime) -> System:
    """Return what a system's metadata says. A signature on it is not asked: the officer who brings it vouches for it.

    :raises BadMetadata:
    """
    try:
        return _read(parse(content, largest=LARGEST_METADATA), at)
    except BadMessage as refusal:
        raise BadMetadata(why=refusal.facts.get("why", refusal)) from refusal


def _read(root: Element, at: datetime) -> System:
    if root.tag != tag(MD, "EntityDescriptor"):
        raise BadMetadata(why=_("it must describe one system (EntityDescriptor)."))
    roles = [
        node
        for node in root.findall("md:SPSSODescriptor", PREFIXES)
        if SAMLP in (node.get("protocolSupportEnumeration") or "").split()
    ]
    if len(roles) != 1:
        raise BadMetadata(why=_("it must describe one service provider of SAML 2.0 (SPSSODescriptor)."))
    role, entity = roles[0], root.get("entityID") or ""
    if not entity.strip() or len(entity) > LONGEST_ENTITY or entity != entity.strip():
        raise BadMetadata(why=_("the identifier (entityID) is missing or too long."))
    for node in (root, role):
        if (until := node.get("validUntil")) and moment(until) <= at:
            raise BadMetadata(why=_("it has expired (validUntil). Ask the operator for a new one."))
    consumers = _endpoints(role.findall("md:AssertionConsumerService", PREFIXES), {"post"})
    if not consumers:
        raise BadMetadata(why=_("it names no address that takes assertions by HTTP-POST."))
    return System(
        entity=entity,
        consumers=consumers,
        logouts=_endpoints(role.findall("md:SingleLogoutService", PREFIXES), set(SENDS.values())),
        signing=_certificates(role, "signing"),
        encryption=_certificates(role, "encryption"),
        name_formats=texts(role.findall("md:NameIDFormat", PREFIXES)),
        signs_requests=(role.get("AuthnRequestsSigned") or "").strip() in {"true", "1"},
        title=next(iter(texts(role.findall(".//mdui:DisplayName", PREFIXES))), "")[:100],
    )


def _endpoints(nodes: list[Element], kinds: set[str]) -> tuple[Endpoint, ...]:
    if len(nodes) > MOST_ENDPOINTS:
        raise BadMetadata(why=_("it names too many addresses."))
    found = []
    for node in nodes:
        kind = SENDS.get(node.get("Binding") or "", "")
        if kind not in kinds:
            continue
        index, addresses = node.get("index") or "0", (node.get("Location") or "", node.get("ResponseLocation") or "")
        for address in filter(None, (addresses[0] or "-", addresses[1])):
            if not rules.is_callback(address) or len(address) > LONGEST_ENTITY:
                raise BadMetadata(why=_("the address %(address)s is not https.") % {"address": address[:200]})
        if not (index.isascii() and index.isdecimal() and len(index) <= 5):
            raise BadMetadata(why=_("an index in it is no number."))
        is_default = (node.get("isDefault") or "") in {"true", "1"}
        found.append(Endpoint(kind, *addresses, index=int(index), is_default=is_default))
    return tuple(sorted(found, key=lambda item: item.index))


def _certificates(role: Element, use: str) -> tuple[str, ...]:
    found = []
    for node in role.findall("md:KeyDescriptor", PREFIXES):
        # A key without a use is for both; it is not encrypted to unasked, since simple systems cannot open it.
        if node.get("use") not in ({use, None} if use == "signing" else {use}):
            continue
        for text in texts(node.findall("ds:KeyInfo/ds:X509Data/ds:X509Certificate", PREFIXES)):
            found.append("".join(text.split()))
    for text in found:
        try:
            key = signatures.certificate_of(text).public_key()
        except ValueError as error:
            raise BadMetadata(why=_("a certificate in it cannot be read.")) from error
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_KEY:
            raise BadMetadata(why=_("its keys must be RSA of at least 2048 bits."))
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Provider:
    """This site as an identity provider: its identifier and the addresses where it takes messages."""

    entity: str
    sign_on: str
    logout: str


def write(
    provider: Provider, *, key: rsa.RSAPrivateKey, certificates: Iterable[x509.Certificate], name: str, at: datetime
) -> bytes:
    """Return this site's metadata, signed with `key`, whose certificate is the first."""
    shown = list(certificates)
    role = make(
        MD, "IDPSSODescriptor", protocolSupportEnumeration=SAMLP, WantAuthnRequestsSigned="false",
    )  # fmt: skip
    for certificate in shown:
        data = make(DS, "X509Data", make(DS, "X509Certificate", signatures.text_of(certificate)))
        role.append(make(MD, "KeyDescriptor", make(DS, "KeyInfo", data), use="signing"))
    both = (bindings.REDIRECT, bindings.POST)
    role.extend(make(MD, "SingleLogoutService", Binding=kind, Location=provider.logout) for kind in both)
    role.extend(make(MD, "NameIDFormat", kind) for kind in NAME_FORMATS)
    role.extend(make(MD, "SingleSignOnService", Binding=kind, Location=provider.sign_on) for kind in both)
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    words = []
    for part, text in (
        ("OrganizationName", name),
        ("OrganizationDisplayName", name),
        ("OrganizationURL", provider.entity),
    ):
        node = make(MD, part, text)
        node.set(lang, "zh")
        words.append(node)
    root = make(
        MD, "EntityDescriptor", role, make(MD, "Organization", *words),
        entityID=provider.entity, ID=f"_{sha256(provider.entity.encode()).hexdigest()[:32]}",
        validUntil=stamp(at + 7 * REFRESH),
        cacheDuration="P1D",
    )  # fmt: skip
    return serialised(signatures.sign(root, key=key, certificate=shown[0]))

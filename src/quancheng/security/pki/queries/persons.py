"""Judges what a person signed with their own certificate: CMS SignedData over a document, the key never seen here."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms
from cryptography import x509
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.security.pki import queries
from quancheng.security.pki.engine import certificates, chains, signing

_SHA256, _ECDSA = "sha256", "sha256_ecdsa"


@dataclass(frozen=True, slots=True)
class PersonVerified:
    """Whom a genuine signature is by: the person, the code of their organisation, and the certificate."""

    name: str
    organisation: str
    serial: str


def verify_person(
    message: bytes, *, content: bytes | None = None, digest: bytes | None = None, at: datetime | None = None
) -> PersonVerified:
    """Return whom a detached CMS signature is by; `digest` is the SHA-256 of what was signed, instead of the content.

    One signer with P-256 and SHA-256 and signed attributes (RFC 5652 section 5.4), in DER. `at` is the moment that
    counts for validity and revocation, by default now.

    :raises queries.BadSignature: if it is not genuine, over something else, or not by a person's certificate.
    """
    if content is not None:
        digest = hashlib.sha256(content).digest()
    try:
        chain = _signed_by(message, digest or b"")
        holder = queries._trusted(chain, at=at or timezone.now(), profiles=(certificates.PERSON_SIGNATURE,))
    except (signing.Malformed, signing.Wrong, chains.Untrusted) as error:
        raise queries.BadSignature(why=str(error)) from error
    return PersonVerified(holder.name, holder.organisation, holder.serial)


def _signed_by(message: bytes, digest: bytes) -> tuple[x509.Certificate, ...]:
    """Return the signer's certificate and those above it that the message brings, after checking the signature."""
    try:
        info = cms.ContentInfo.load(message, strict=True)
        data = info["content"]
        (signer,) = data["signer_infos"]
        algorithms = signer["digest_algorithm"]["algorithm"].native, signer["signature_algorithm"]["algorithm"].native
        stated = {item["type"].native: item["values"][0].native for item in signer["signed_attrs"]}
        kind, enclosed = data["encap_content_info"]["content_type"].native, data["encap_content_info"]["content"].native
        # What is signed is the attributes as a SET OF, whatever tag they carry inside the message.
        signed, signature = b"\x31" + signer["signed_attrs"].dump()[1:], signer["signature"].native
        wanted = signer["sid"].chosen
        brought = [x509.load_der_x509_certificate(item.chosen.dump()) for item in data["certificates"] or ()]
        mine = [
            item
            for item in brought
            if item.serial_number == wanted["serial_number"].native
            and item.issuer.public_bytes() == wanted["issuer"].dump()
        ]
    except (KeyError, IndexError, AttributeError, RecursionError, *chains.DAMAGED):
        raise signing.Malformed(_("the CMS message cannot be read")) from None
    if algorithms != (_SHA256, _ECDSA) or kind != "data" or enclosed is not None or not mine:
        raise signing.Malformed(_("the CMS message uses an algorithm or form that is not accepted"))
    if stated.get("content_type") != "data" or stated.get("message_digest") != digest:
        raise signing.Wrong(_("the signature is not over this content"))
    signing.check(mine[0], signature, signed)
    chain = [mine[0]]
    while above := next((item for item in brought if item.subject == chain[-1].issuer and item not in chain), None):
        chain.append(above)
    return tuple(chain)

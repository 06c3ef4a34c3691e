"""Signatures: of organisations over messages, of zones over bundles."""

from __future__ import annotations

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import public as pki


class WrongSigner(Refusal):
    """The signature is sound, but by somebody else than the text claims."""

    code = "exchange.wrong-signer"


ZONE = "zone"  # the certificate profile of a zone's gateway


def sign_as_zone(payload: bytes) -> str:
    """Return this zone's detached JWS (RFC 7515 appendix F) over `payload`."""
    return pki.zone_signer().jws(payload)


def verify_zone(payload: bytes, signature: str, sender: str) -> None:
    """Check that the gateway of zone `sender` signed. :raises Refusal: if not."""
    found = pki.verify_jws(payload, signature)
    if (found.profile, found.organisation) != (ZONE, sender):
        raise WrongSigner(found.organisation)


def sign_message(payload: bytes, organisation: str) -> str:
    """Return the organisation's detached JWS over `payload`."""
    return pki.sign_jws(payload, organisation=organisation)


def verify_message(payload: bytes, signature: str, organisation: str) -> str:
    """Check that `organisation` signed; return the name in its certificate. :raises Refusal: if not."""
    found = pki.verify_jws(payload, signature)
    if found.profile == ZONE or found.organisation != organisation:
        raise WrongSigner(found.organisation)
    return found.name

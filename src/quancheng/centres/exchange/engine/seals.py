"""Signatures: of organisations over messages, of zones over bundles."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import public as pki


class WrongSigner(Refusal):
    """The signature is sound, but by somebody else than the text claims."""

    code = "exchange.wrong-signer"
    message = _("The signature is by somebody else (%(organisation)s).")


ZONE = "zone"  # the certificate profile of a zone's gateway


def sign_as_zone(payload: bytes) -> str:
    """Return this zone's detached JWS (RFC 7515 appendix F) over `payload`."""
    return pki.zone_signer().jws(payload)


def verify_zone(payload: bytes, signature: str, sender: str) -> None:
    """Check that the gateway of zone `sender` signed. :raises Refusal: if not."""
    found = pki.verify_jws(payload, signature)
    if (found.profile, found.organisation) != (ZONE, f"{ZONE}:{sender}"):
        raise WrongSigner(organisation=found.organisation)


def signer_of(organisation: str) -> Callable[[bytes], str] | None:
    """Return what signs for `organisation`, None while it has no seal on this site."""
    try:
        return pki.organisation_signer(organisation).jws
    except (pki.NoSeal, pki.NotInstalled):
        return None


def verify_message(payload: bytes, signature: str, organisation: str) -> str:
    """Check that `organisation` signed; return the name in its certificate. :raises Refusal: if not."""
    found = pki.verify_jws(payload, signature)
    if found.profile == ZONE or found.organisation != organisation:
        raise WrongSigner(organisation=found.organisation)
    return found.name

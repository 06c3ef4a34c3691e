"""Every write of the PKI that somebody orders; what a site makes for itself at first use is in `setup`."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import queries
from quancheng.security.pki.actions import setup
from quancheng.security.pki.actions.withdrawing import AlreadyRevoked, UnknownReason, withdraw, withdraw_many
from quancheng.security.pki.engine import certificates
from quancheng.security.pki.queries import CertificateView, inventory
from quancheng.security.pmi import public as pmi


class SealExists(Refusal):
    """The organisation has a valid seal; it must be revoked before another one is made."""

    code = "pki.seal-exists"
    message = _("The organisation %(code)s has a valid seal already.")


class UnknownProfile(Refusal):
    """There is no such profile of certificates."""

    code = "pki.unknown-profile"
    message = _("There is no certificate profile %(profile)s.")


def _of_holder(**wishes: object) -> pmi.Target:
    return pmi.Target(subjects=(f"certificate-holder:{wishes['code']}",))


def _of_certificate(**wishes: object) -> pmi.Target:
    return inventory.target_of_certificate(str(wishes["serial"]))


def _of_many(**wishes: Any) -> pmi.Target:
    return pmi.Target(subjects=tuple(f"certificate:{serial}" for serial in wishes["serials"][:20]))


@pmi.action("pki.certificate.issue", scope=_of_holder)
def issue(*, actor: pmi.Actor, profile: str, code: str, name: str, at: datetime) -> CertificateView:
    """Issue a certificate with a new key, for example ahead of the expiry of the old one.

    :raises UnknownProfile: if `profile` is none whose keys this site keeps.
    """
    if profile not in certificates.PROFILES or certificates.PROFILES[profile].brought:
        raise UnknownProfile(profile=profile)
    return queries.view(setup.make(certificates.PROFILES[profile], code=code, name=name, at=at), at)


@pmi.action("pki.seal.create", scope=_of_holder)
def create_seal(*, actor: pmi.Actor, code: str, name: str, at: datetime) -> CertificateView:
    """Make an organisation's electronic seal. :raises SealExists: if it has a valid one."""
    if queries.current(profile=certificates.SEAL.code, code=code, at=at) is not None:
        raise SealExists(code=code)
    return queries.view(setup.make(certificates.SEAL, code=code, name=name, at=at), at)


@pmi.action("pki.certificate.revoke", scope=_of_certificate)
def revoke(*, actor: pmi.Actor, serial: str, reason: str, at: datetime) -> CertificateView:
    """Revoke a certificate; the revocation list names it from now on.

    :raises NoSuchCertificate: if this site did not issue it.
    :raises AlreadyRevoked: if it was revoked before.
    :raises UnknownReason: if `reason` is not one of Certificate.Reason.
    """
    return withdraw(serial, reason=reason, at=at)


@pmi.action("pki.certificate.revoke-many", scope=_of_many, step_up=True)
def revoke_many(*, actor: pmi.Actor, serials: tuple[str, ...], reason: str, at: datetime) -> int:
    """Revoke many certificates at once, for example after a device maker lost its keys; return how many were valid.

    :raises UnknownReason: if `reason` is not one of Certificate.Reason.
    """
    return withdraw_many(serials, reason=reason, at=at)


__all__ = [
    "AlreadyRevoked",
    "SealExists",
    "UnknownProfile",
    "UnknownReason",
    "create_seal",
    "issue",
    "revoke",
    "revoke_many",
]

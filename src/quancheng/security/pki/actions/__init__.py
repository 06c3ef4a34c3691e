"""Every write of the PKI that somebody orders; what a site makes for itself at first use is in `setup`."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import queries
from quancheng.security.pki.actions import setup
from quancheng.security.pki.engine import certificates
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.queries import CertificateView
from quancheng.security.pmi import public as pmi


class SealExists(Refusal):
    """The organisation has a valid seal; it must be revoked before another one is made."""

    code = "pki.seal-exists"
    message = _("The organisation %(code)s has a valid seal already.")


class UnknownProfile(Refusal):
    """There is no such profile of certificates."""

    code = "pki.unknown-profile"
    message = _("There is no certificate profile %(profile)s.")


class NoSuchCertificate(Refusal):
    """This site issued no certificate with that serial number."""

    code = "pki.no-such-certificate"
    message = _("There is no certificate %(serial)s here.")
    status = 404


class AlreadyRevoked(Refusal):
    """The certificate was revoked before."""

    code = "pki.already-revoked"
    message = _("The certificate %(serial)s has been revoked already.")


class UnknownReason(Refusal):
    """The reason is none that a revocation list can state."""

    code = "pki.unknown-reason"
    message = _("%(reason)s is no reason for a revocation.")


def _of_holder(**wishes: object) -> pmi.Target:
    return pmi.Target(subjects=(f"certificate-holder:{wishes['code']}",))


def _of_certificate(**wishes: object) -> pmi.Target:
    return pmi.Target(subjects=(f"certificate:{wishes['serial']}",))


@pmi.action("pki.certificate.issue", scope=_of_holder)
def issue(*, actor: pmi.Actor, profile: str, code: str, name: str, at: datetime) -> CertificateView:
    """Issue a certificate with a new key, for example ahead of the expiry of the old one.

    :raises UnknownProfile: if `profile` is none of seal, zone and timestamp.
    """
    if profile not in certificates.PROFILES:
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
    if reason not in Certificate.Reason.values:
        raise UnknownReason(reason=reason)
    row = Certificate.objects.select_for_update().filter(serial=serial).first()
    if row is None:
        raise NoSuchCertificate(serial=serial)
    if row.revoked_at is not None:
        raise AlreadyRevoked(serial=serial)
    row.revoked_at, row.revocation_reason = at, reason
    row.save(update_fields=["revoked_at", "revocation_reason"])
    return queries.view(row, at)

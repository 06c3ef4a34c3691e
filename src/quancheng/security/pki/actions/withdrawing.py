"""Revocation, whoever ordered it: an officer, or a server's own ACME client."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import queries
from quancheng.security.pki.actions import responder
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.queries import CertificateView


class AlreadyRevoked(Refusal):
    """The certificate was revoked before."""

    code = "pki.already-revoked"
    message = _("The certificate %(serial)s has been revoked already.")


class UnknownReason(Refusal):
    """The reason is none that a revocation list can state."""

    code = "pki.unknown-reason"
    message = _("%(reason)s is no reason for a revocation.")


def withdraw(serial: str, *, reason: str, at: datetime) -> CertificateView:
    """Revoke a certificate in the caller's transaction; lists and the OCSP responder say so from then on.

    :raises queries.NoSuchCertificate: if this site did not issue it.
    :raises AlreadyRevoked: if it was revoked before.
    :raises UnknownReason: if `reason` is not one of Certificate.Reason.
    """
    if reason not in Certificate.Reason.values:
        raise UnknownReason(reason=reason)
    row = Certificate.objects.select_for_update().filter(serial=serial).first()
    if row is None:
        raise queries.NoSuchCertificate(serial=serial)
    if row.revoked_at is not None:
        raise AlreadyRevoked(serial=serial)
    row.revoked_at, row.revocation_reason = at, reason
    row.save(update_fields=["revoked_at", "revocation_reason"])
    transaction.on_commit(responder.forget)
    return queries.view(row, at)

"""Revocation, whoever ordered it: an officer, or a server's own ACME client."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import queries
from quancheng.security.pki.actions import responder
from quancheng.security.pki.events import CertificatesRevoked
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.queries import CertificateView

BATCH = 500


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
    _tell({row.authority.serial: [serial]}, reason=reason, at=at)
    return queries.view(row, at)


def withdraw_many(serials: Iterable[str], *, reason: str, at: datetime) -> int:
    """Revoke many certificates at once in the caller's transaction; return how many were valid until then.

    :raises UnknownReason: if `reason` is not one of Certificate.Reason.
    """
    if reason not in Certificate.Reason.values:
        raise UnknownReason(reason=reason)
    told, total = dict[str, list[str]](), 0
    for some in batched(dict.fromkeys(serials)):
        rows = Certificate.objects.filter(serial__in=some, revoked_at__isnull=True)
        for serial, authority in rows.select_for_update(of=("self",)).values_list("serial", "authority__serial"):
            told.setdefault(authority, []).append(serial)
        total += rows.update(revoked_at=at, revocation_reason=reason)
    _tell(told, reason=reason, at=at)
    return total


def batched(serials: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield the serials in batches that one statement, and one message, can hold."""
    left = iter(serials)
    while some := tuple(islice(left, BATCH)):
        yield some


def _tell(told: Mapping[str, Iterable[str]], *, reason: str, at: datetime) -> None:
    """Tell the other zone, and have the responder look again."""
    for authority, serials in told.items():
        for some in batched(serials):
            events.publish(CertificatesRevoked(authority=authority, serials=some, revoked_at=at, reason=reason))
    transaction.on_commit(responder.forget)

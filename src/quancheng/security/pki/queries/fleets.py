"""Requests that were brought together, what became of each, and which of many certificates can be revoked."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from cryptography import x509
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki.engine import certificates
from quancheng.security.pki.models import Certificate, Fleet
from quancheng.security.pki.queries.inventory import TOGETHER
from quancheng.security.pmi import public as pmi

LATEST = 20


class NoSuchFleet(Refusal):
    """No requests were brought together under this name."""

    code = "pki.no-such-fleet"
    message = _("There are no such certificate requests.")
    status = 404


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a revocation of many would do: the rows that are valid, what was revoked before, what nobody issued."""

    valid: tuple[Certificate, ...]
    before: tuple[str, ...]
    unknown: tuple[str, ...]


def fleet(slug: str) -> Fleet:
    """Return requests that were brought together. :raises NoSuchFleet: if there are none."""
    row = Fleet.objects.filter(slug=slug).first()
    if row is None:
        raise NoSuchFleet
    return row


def latest(*, seen: Q = pmi.EVERYTHING) -> tuple[Fleet, ...]:
    """Return the latest that may be `seen`, without the single answers."""
    return tuple(Fleet.objects.filter(seen).defer("answers").order_by("-requested_at", "-id")[:LATEST])


def target(slug: str) -> pmi.Target:
    """Return requests that were brought together at the organisation that they are for."""
    code = Fleet.objects.filter(slug=slug).values_list("subject_code", flat=True).first()
    return pmi.Target(organisation=pmi.placed(code or ""), subjects=(f"certificate-fleet:{slug}",))


def archive(slug: str) -> bytes:
    """Return a ZIP with the certificate (PEM) for each request, named as its file, and the authority's.

    :raises NoSuchFleet: if there are none.
    """
    row, kept = fleet(slug), io.BytesIO()
    issued = row.answers[: row.issued]
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as opened:
        taken: set[str] = set()
        for start in range(0, len(issued), TOGETHER):
            serials = {serial: file for file, serial in issued[start : start + TOGETHER]}
            found = Certificate.objects.filter(serial__in=serials).select_related("authority").order_by("id")
            for item in found.iterator(chunk_size=TOGETHER):
                if not taken:
                    opened.writestr("issuing.pem", _pem(bytes(item.authority.der)))
                    taken.add("issuing")
                stem = PurePosixPath(serials[item.serial]).stem
                name = stem if stem not in taken else f"{stem}-{item.serial}"
                taken.add(name)
                opened.writestr(f"{name}.pem", _pem(bytes(item.der)))
    return kept.getvalue()


def _pem(der: bytes) -> bytes:
    return certificates.pem(x509.load_der_x509_certificate(der))


def withdrawal(serials: Sequence[str]) -> Withdrawal:
    """Return what revoking the certificates with these serial numbers would do."""
    wanted = tuple(dict.fromkeys(serials))
    found: dict[str, Certificate] = {}
    for start in range(0, len(wanted), TOGETHER):
        rows = Certificate.objects.filter(serial__in=wanted[start : start + TOGETHER]).defer("der")
        found |= {row.serial: row for row in rows}
    return Withdrawal(
        valid=tuple(found[serial] for serial in wanted if serial in found and found[serial].revoked_at is None),
        before=tuple(serial for serial in wanted if serial in found and found[serial].revoked_at is not None),
        unknown=tuple(serial for serial in wanted if serial not in found),
    )

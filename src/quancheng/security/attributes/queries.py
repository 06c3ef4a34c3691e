"""Questions about attribute certificates."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.attributes.config import config
from quancheng.security.attributes.models import AttributeCertificate
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi

READ = "attributes.certificate.read"


class NoSuchCertificate(Refusal):
    code = "attributes.no-such-certificate"
    message = _("There is no such attribute certificate.")
    status = 404


@dataclass(frozen=True, slots=True)
class View:
    """An attribute certificate as others see it. `state` is valid, expired or revoked; `giver_name` lent the post."""

    serial: str
    holder: str
    holder_name: str
    post: str
    organisation: str
    roles: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None
    state: str
    der: bytes
    giver_name: str = ""


def certificates(actor: pmi.Actor, *, holder: str = "", only_valid: bool = False, most: int = 200) -> tuple[View, ...]:
    """Return the newest certificates that the actor may see: the own ones, and those where they may read."""
    seen = pmi.visible(actor, READ, organisation="organisation", owner="actor_id", open_to=("staff",))
    rows = AttributeCertificate.objects.filter(seen).order_by("-not_before", "id")
    if holder:
        rows = rows.filter(actor_id=holder)
    if only_valid:
        rows = rows.filter(revoked_at=None, not_after__gt=timezone.now())
    return tuple(view(row) for row in rows[:most])


def certificate(serial: str) -> View:
    """Return one certificate. :raises NoSuchCertificate:"""
    row = AttributeCertificate.objects.filter(serial=serial).first()
    if row is None:
        raise NoSuchCertificate
    return view(row)


def target(serial: str) -> pmi.Target:
    """Return a certificate at its organisation, and whose it is. :raises NoSuchCertificate:"""
    found = certificate(serial)
    return pmi.Target(found.organisation, found.holder, (found.holder, f"attribute-certificate:{serial}"))


def authority() -> bytes:
    """Return the attribute authority's public key certificate with those above it, PEM, without the root."""
    signer = pki.attribute_signer()
    return b"".join(item.public_bytes(Encoding.PEM) for item in (signer.certificate, *signer.chain))


def revocation_list(at: datetime) -> bytes:
    """Return the CRL (DER) of the attribute certificates that were revoked and would still count."""
    gone = Q(revoked_at__isnull=False, not_after__gt=at)
    rows = AttributeCertificate.objects.filter(gone).order_by("revoked_at", "serial")
    listed = [(int(row.serial, 16), row.revoked_at, "affiliationChanged") for row in rows if row.revoked_at]
    return pki.attribute_list(listed, at=at, lasts=timedelta(minutes=config.list_minutes))


def view(row: AttributeCertificate) -> View:
    """Return a row as others see it."""
    now = timezone.now()
    state = "revoked" if row.revoked_at else "expired" if row.not_after <= now else "valid"
    return View(
        row.serial, row.actor_id, row.holder_name, row.post, row.organisation, tuple(row.roles), row.not_before,
        row.not_after, row.revoked_at, state, bytes(row.der), row.giver_name,
    )  # fmt: skip


def standing(actor_id: str, appointment: uuid.UUID) -> bool:
    """Test whether there is a certificate for this appointment that still counts."""
    now = timezone.now()
    valid = AttributeCertificate.objects.filter(revoked_at=None, not_after__gt=now)
    return valid.filter(actor_id=actor_id, appointment=appointment).exists()

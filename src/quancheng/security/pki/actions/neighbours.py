"""What the other zones' authorities took back."""

from datetime import datetime

from cryptography import x509

from quancheng.kernel import zone as zones
from quancheng.security.pki import config
from quancheng.security.pki.engine import ceremony, certificates
from quancheng.security.pki.models import ForeignRevocation
from quancheng.security.trail import public as trail


def remember(*, zone: str, authority: str, serials: tuple[str, ...], revoked_at: datetime, reason: str) -> int:
    """Remember revocations by the authority of `zone`; return how many were new.

    A zone speaks for its own authority alone: what it says about another one is entered in the trail and forgotten.
    """
    if zone == zones.current():
        return 0
    path = config.folder() / "peers" / f"{ceremony.authority_name(zone)}.crt"
    known = path.exists() and certificates.serial_text(x509.load_pem_x509_certificate(path.read_bytes())) == authority
    trail.record(
        action="pki.revocation.remember",
        actor_id=f"zone:{zone}",
        actor_name=zone,
        outcome="done" if known else "pki.foreign-authority",
        subjects=tuple(f"certificate:{serial}" for serial in serials[:20]),
        detail={"authority": authority, "count": len(serials), "reason": reason},
    )
    if not known:
        return 0
    rows = [
        ForeignRevocation(authority=authority, serial=serial, revoked_at=revoked_at, reason=reason)
        for serial in serials
    ]
    before = ForeignRevocation.objects.count()
    ForeignRevocation.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return ForeignRevocation.objects.count() - before

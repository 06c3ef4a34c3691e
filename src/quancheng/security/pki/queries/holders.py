"""Which organisations hold a seal."""

from django.utils import timezone

from quancheng.security.pki.engine import certificates
from quancheng.security.pki.models import Certificate


def seal_holders() -> dict[str, str]:
    """Return code and name of each organisation with a valid seal on this site."""
    now = timezone.now()
    rows = Certificate.objects.filter(
        profile=certificates.SEAL.code, revoked_at__isnull=True, not_before__lte=now, not_after__gt=now
    )
    return dict(rows.order_by("issued_at", "id").values_list("subject_code", "subject_name"))

"""What a site is set up with, before there is anybody to act. Everything here may be repeated without effect."""

from django.utils import timezone

from quancheng.security.pmi.models import ConflictRule, Recusal, Role


def define_role(*, code: str, title: str, privileges: list[str], officer: str = "") -> Role:
    """Create or change the role `code`. `officer` is one of rules.OFFICERS when the role is one of the three."""
    role, _created = Role.objects.update_or_create(
        code=code, defaults={"title": title, "privileges": privileges, "officer": officer}
    )
    return role


def define_conflict(*, first: str, second: str, reason: str, basis: str = "") -> None:
    """Forbid that one person uses both privileges on the same subject."""
    first, second = sorted((first, second))
    ConflictRule.objects.get_or_create(first=first, second=second, defaults={"reason": reason, "basis": basis})


def ensure_recusal(*, actor_id: str, actor_name: str, subject: str, reason: str) -> None:
    """Bar somebody from a subject."""
    Recusal.objects.get_or_create(
        actor_id=actor_id,
        subject=subject,
        ended_at=None,
        defaults={"actor_name": actor_name, "reason": reason, "made_at": timezone.now()},
    )

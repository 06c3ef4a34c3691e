"""What a site is set up with, before there is anybody to act. Everything here may be repeated without effect."""

from typing import Any

from django.utils import timezone

from quancheng.security.pmi import rules
from quancheng.security.pmi.actions.roles import check_fit
from quancheng.security.pmi.models import ConflictRule, Recusal, Role


def define_role(
    *,
    code: str,
    title: str,
    privileges: list[str],
    officer: str = "",
    terms: dict[str, dict[str, Any]] | None = None,
) -> Role:
    """Create or change the role `code`. `officer` is one of rules.OFFICERS when the role is one of the three.

    `terms` says of some of the privileges how far they reach, when and under which conditions (rules.read).

    :raises BadTerms: for terms that cannot be read, or of a privilege that the role does not hold.
    :raises OtherOfficer: for a privilege that belongs to another of the three officers.
    :raises NothingToMask: for masking that nobody could do.
    """
    held = {name: rules.read(values) for name, values in (terms or {}).items()}
    if set(held) - set(privileges):
        raise rules.BadTerms("privilege")
    check_fit(privileges, officer=officer, terms=held)
    found = {name: item.plain() for name, item in held.items()}
    role, _created = Role.objects.update_or_create(
        code=code, defaults={"title": title, "privileges": privileges, "officer": officer, "terms": found}
    )
    return role


def define_conflict(*, first: str, second: str, reason: str, basis: str = "") -> None:
    """Forbid that one person uses both privileges on the same subject."""
    first, second = sorted((first, second))
    ConflictRule.objects.get_or_create(first=first, second=second, defaults={"reason": reason, "basis": basis})


def ensure_recusal(*, actor_id: str, actor_name: str, subject: str, reason: str, organisation: str = "") -> None:
    """Bar somebody, who serves at the path `organisation`, from a subject."""
    Recusal.objects.get_or_create(
        actor_id=actor_id,
        subject=subject,
        ended_at=None,
        defaults={
            "actor_name": actor_name,
            "reason": reason,
            "organisation": organisation,
            "made_at": timezone.now(),
        },
    )

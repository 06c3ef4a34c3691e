"""The portal's writes: it keeps its picture of the services up to date."""

from datetime import datetime
from typing import Any

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.systems.portal.models import ServiceCard


def of_service(*, code: str, **_wishes: object) -> pmi.Target:
    """Return what keeping a card touches."""
    return pmi.Target(subjects=(f"service:{code}",))


@pmi.action("portal.service-card.keep", scope=of_service)
def keep_card(
    *,
    actor: pmi.Actor,
    code: str,
    version: int,
    title: str,
    summary: str,
    department: str,
    departments: int,
    guide: dict[str, Any],
    at: datetime,
) -> None:
    """Show the service in this version from now on; an older version than the one shown changes nothing."""
    if ServiceCard.objects.filter(code=code, version__gt=version).exists():
        return
    ServiceCard.objects.update_or_create(
        code=code,
        defaults={
            "version": version,
            "title": title,
            "summary": summary,
            "department_name": department_name(department),
            "departments": max(departments, 1),
            "promised_days": guide.get("promised_days") or None,
            # A plain path: the hall is a stranger here, and only its address is public.
            "url": f"/hall/service/{code}/",
            "words": " ".join(str(guide.get(name, "")) for name in ("audience", "result", "law")),
            "published_at": at,
        },
    )


def department_name(code: str) -> str:
    """Return the name of the organisation `code`; the code itself where this site has not heard of it."""
    try:
        return identity.organisation(code).name
    except identity.UnknownOrganisation:
        return code

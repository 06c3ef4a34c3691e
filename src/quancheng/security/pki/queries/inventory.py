"""The inventory: which certificates this site issued, which end soon, and which requests wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise

from quancheng.security.pki.models import AcmeKey, Certificate, Enrolment
from quancheng.security.pmi import public as pmi

PAGE = 50
# How many rows one query names.
TOGETHER = 500
SOON = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class Radar:
    """How many certificates that nobody replaced end within 7, 30 and 90 days, and ended in the last 30."""

    within: tuple[tuple[int, int], ...]
    ended: int
    revoked: int
    valid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentView:
    """A request for a certificate as others see it. `serial` is empty until one is issued."""

    id: int
    profile: str
    profile_title: str | Promise
    code: str
    name: str
    names: tuple[str, ...]
    csr: bytes
    state: str
    state_title: str | Promise
    requester: str
    requester_name: str
    requested_at: datetime
    decider_name: str
    decided_at: datetime | None
    reason: str
    serial: str


def _unreplaced() -> QuerySet[Certificate]:
    """Return what somebody may still rely on: not revoked and without a valid replacement."""
    renewed = Certificate.objects.filter(replaces__isnull=False, revoked_at__isnull=True).values("replaces")
    return Certificate.objects.filter(revoked_at__isnull=True).exclude(pk__in=renewed)


def radar(*, at: datetime) -> Radar:
    """Return what ends soon, seen at `at`, in one query."""
    counts = {f"in_{days}": Count("id", Q(not_after__gt=at, not_after__lte=at + timedelta(days=days))) for days in SOON}
    found = _unreplaced().aggregate(
        ended=Count("id", Q(not_after__lte=at, not_after__gt=at - timedelta(days=30))),
        valid=Count("id", Q(not_after__gt=at)),
        **counts,
    )
    revoked = Certificate.objects.filter(revoked_at__isnull=False).count()
    within = tuple((days, found[f"in_{days}"]) for days in SOON)
    return Radar(within=within, ended=found["ended"], revoked=revoked, valid=found["valid"])


def inventory(
    *,
    search: str = "",
    profile: str = "",
    state: str = "",
    ending: int = 0,
    page: int | str = 1,
    at: datetime | None = None,
    seen: Q = pmi.EVERYTHING,
) -> Page:
    """Return a page of the rows that may be `seen`.

    `state` is valid, expired or revoked; `ending` within so many days, soonest first.
    """
    at = at or timezone.now()
    rows = (_unreplaced() if ending else Certificate.objects.all()).filter(seen)
    if search:
        rows = rows.filter(
            Q(subject_name__icontains=search)
            | Q(subject_code__icontains=search)
            | Q(serial__icontains=search)
            | Q(names__icontains=search)
        )
    if profile:
        rows = rows.filter(profile=profile)
    if state == "revoked":
        rows = rows.filter(revoked_at__isnull=False)
    elif state == "expired":
        rows = rows.filter(revoked_at__isnull=True, not_after__lte=at)
    elif state == "valid":
        rows = rows.filter(revoked_at__isnull=True, not_after__gt=at)
    if ending:
        rows = rows.filter(not_after__gt=at, not_after__lte=at + timedelta(days=ending))
    rows = rows.order_by("not_after", "id") if ending else rows.order_by("-issued_at", "-id")
    return Paginator(rows, PAGE).get_page(page)


def enrolment_view(row: Enrolment) -> EnrolmentView:
    """Return a request as others see it."""
    return EnrolmentView(
        id=row.pk,
        profile=row.profile,
        profile_title=row.get_profile_display(),
        code=row.subject_code,
        name=row.subject_name,
        names=tuple(row.names),
        csr=bytes(row.csr),
        state=row.state,
        state_title=row.get_state_display(),
        requester=row.requested_by,
        requester_name=row.requester_name,
        requested_at=row.requested_at,
        decider_name=row.decider_name,
        decided_at=row.decided_at,
        reason=row.reason,
        serial=row.certificate.serial if row.certificate else "",
    )


def enrolments(*, state: str = "", page: int | str = 1, seen: Q = pmi.EVERYTHING) -> Page:
    """Return a page of requests, those that wait first, then the newest."""
    rows = Enrolment.objects.filter(seen).select_related("certificate").order_by("-state", "-requested_at", "-id")
    return Paginator(rows.filter(state=state) if state else rows, PAGE).get_page(page)


def enrolment(enrolment_id: int) -> EnrolmentView | None:
    """Return a request, None if there is none."""
    row = Enrolment.objects.select_related("certificate").filter(pk=enrolment_id).first()
    return enrolment_view(row) if row else None


def waiting() -> int:
    """Return how many requests wait for a second officer."""
    return Enrolment.objects.filter(state=Enrolment.State.WAITING).count()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeKeyView:
    """Leave to enrol by ACME as officers see it; its secret is shown once and not here."""

    kid: str
    code: str
    name: str
    trees: tuple[str, ...]
    created_at: datetime
    withdrawn_at: datetime | None
    accounts: int
    certificates: int


def acme_keys(*, seen: Q = pmi.EVERYTHING) -> tuple[AcmeKeyView, ...]:
    """Return every leave to enrol by ACME, the newest first."""
    rows = (
        AcmeKey.objects.filter(seen)
        .annotate(
            opened=Count("accounts", distinct=True), obtained=Count("accounts__orders__certificate", distinct=True)
        )
        .order_by("-created_at", "-id")
    )
    return tuple(
        AcmeKeyView(
            kid=row.kid,
            code=row.code,
            name=row.name,
            trees=tuple(row.trees),
            created_at=row.created_at,
            withdrawn_at=row.withdrawn_at,
            accounts=row.opened,
            certificates=row.obtained,
        )
        for row in rows
    )


def target_of_certificate(serial: str) -> pmi.Target:
    """Return a certificate at the organisation that holds it; what no organisation holds is the whole city's."""
    code = Certificate.objects.filter(serial=serial).values_list("subject_code", flat=True).first()
    return pmi.Target(organisation=pmi.placed(code or ""), subjects=(f"certificate:{serial}",))


def target_of_enrolment(enrolment_id: int) -> pmi.Target:
    """Return a request at the organisation that it is for."""
    code = Enrolment.objects.filter(pk=enrolment_id).values_list("subject_code", flat=True).first()
    return pmi.Target(organisation=pmi.placed(code or ""), subjects=(f"certificate-enrolment:{enrolment_id}",))


def target_of_key(kid: str) -> pmi.Target:
    """Return leave to enrol by ACME at the organisation that has it."""
    code = AcmeKey.objects.filter(kid=kid).values_list("code", flat=True).first()
    return pmi.Target(organisation=pmi.placed(code or ""), subjects=(f"acme-key:{kid}",))


def person_certificate(actor_id: str, *, at: datetime) -> bytes | None:
    """Return the newest valid signature certificate (DER) that somebody enrolled for themselves, None without one."""
    row = Certificate.objects.filter(
        enrolment__requested_by=actor_id, profile=Certificate.Profile.PERSON_SIGNATURE, revoked_at__isnull=True,
        not_before__lte=at, not_after__gt=at,
    ).order_by("-issued_at", "-id").first()  # fmt: skip
    return bytes(row.der) if row else None

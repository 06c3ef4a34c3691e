"""Questions about laid-down keys: which officers keep shares, and how far a recovery has come."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import config
from quancheng.security.pki.engine import certificates, keys
from quancheng.security.pki.models import Certificate, Escrow, EscrowShare, Recovery, RecoveryOfficer

PAGE = 50


class NoSuchRecovery(Refusal):
    """There is no recovery with this number."""

    code = "pki.no-such-recovery"
    message = _("There is no such key recovery.")
    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerView:
    """A recovery officer. `state` is offered, standing or unfit (the certificate ended or was revoked)."""

    id: int
    actor: str
    name: str
    serial: str
    state: str
    offered_at: datetime
    confirmed_at: datetime | None
    shares: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """An officer who keeps a share of the key; `given_at` is when it was handed in, None when it was not yet."""

    name: str
    given_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryView:
    """A recovery as others see it. `state` is waiting, ready (enough shares), expired, collected or withdrawn."""

    id: int
    serial: str
    code: str
    name: str
    reason: str
    state: str
    requester: str
    requester_name: str
    requested_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    needed: int
    given: int
    officers: tuple[ApprovalView, ...] = ()
    title: str | Promise = ""


TITLES = {
    "waiting": _("waiting for recovery officers"),
    "ready": _("the key can be collected"),
    "expired": _("not finished in time"),
    "collected": _("key handed over"),
    "withdrawn": _("recovery withdrawn"),
}


def _fit(row: Certificate, at: datetime) -> bool:
    return row.revoked_at is None and row.not_before <= at < row.not_after


def board(*, at: datetime) -> tuple[RecoveryOfficer, ...]:
    """Return the officers to whom shares are given at `at`: confirmed, not dismissed, with a valid certificate."""
    rows = RecoveryOfficer.objects.filter(dismissed_at__isnull=True, confirmed_at__isnull=False)
    return tuple(row for row in rows.select_related("certificate").order_by("id") if _fit(row.certificate, at))


def threshold() -> int:
    """Return how many officers it takes to bring a key back."""
    return config.settings().recovery_threshold


def officers(*, at: datetime) -> tuple[OfficerView, ...]:
    """Return everyone who stands or offered themselves as recovery officer."""
    rows = (
        RecoveryOfficer.objects.filter(dismissed_at__isnull=True)
        .select_related("certificate")
        .annotate(kept=Count("shares"))
        .order_by("name", "id")
    )
    return tuple(
        OfficerView(
            id=row.pk,
            actor=row.actor,
            name=row.name,
            serial=row.certificate.serial,
            state="unfit" if not _fit(row.certificate, at) else "standing" if row.confirmed_at else "offered",
            offered_at=row.offered_at,
            confirmed_at=row.confirmed_at,
            shares=row.kept,
        )
        for row in rows
    )


def fit_for_shares(actor_id: str, *, at: datetime) -> tuple[Certificate, ...]:
    """Return the actor's own certificates to which shares can be enclosed: for encryption, valid, key kept by them."""
    rows = Certificate.objects.filter(
        subject_code=actor_id,
        profile=certificates.PERSON_ENCRYPTION.code,
        revoked_at__isnull=True,
        not_before__lte=at,
        not_after__gt=at,
    ).exclude(key_digest__in=Escrow.objects.values("key_digest"))
    found = rows.order_by("-not_after", "-id")
    return tuple(row for row in found if keys.of(x509.load_der_x509_certificate(bytes(row.der))).kind != "RSA")


def has_escrow(serial: str) -> bool:
    """Test whether the key of a certificate is laid down."""
    return Escrow.objects.filter(key_digest__in=Certificate.objects.filter(serial=serial).values("key_digest")).exists()


def recovery_rows() -> QuerySet[Recovery]:
    """Return recoveries with what their views need, those that wait first, then the newest."""
    rows = Recovery.objects.select_related("certificate", "escrow").annotate(
        given=Count("approvals", filter=Q(approvals__officer__dismissed_at__isnull=True))
    )
    return rows.order_by("-state", "-requested_at", "-id")


def recoveries(*, page: int | str = 1) -> Page:
    """Return a page of recoveries."""
    return Paginator(recovery_rows(), PAGE).get_page(page)


def state_of(row: Recovery, given: int, at: datetime) -> str:
    """Return how far a recovery has come at `at`."""
    if row.state != Recovery.State.WAITING:
        return row.state
    if at >= row.expires_at:
        return "expired"
    return "ready" if given >= row.escrow.threshold else "waiting"


def recovery_view(row: Recovery, *, at: datetime) -> RecoveryView:
    """Return a row of `recovery_rows` as others see it."""
    given: int = row.given  # type: ignore[attr-defined]
    state = state_of(row, given, at)
    return RecoveryView(
        id=row.pk,
        serial=row.certificate.serial,
        code=row.certificate.subject_code,
        name=row.certificate.subject_name,
        reason=row.reason,
        state=state,
        requester=row.requested_by,
        requester_name=row.requester_name,
        requested_at=row.requested_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        needed=row.escrow.threshold,
        given=given,
        title=TITLES[state],
    )


def recovery(recovery_id: int, *, at: datetime) -> RecoveryView:
    """Return a recovery with its officers. :raises NoSuchRecovery: if there is none."""
    row = recovery_rows().filter(pk=recovery_id).first()
    if row is None:
        raise NoSuchRecovery
    given = dict(row.approvals.values_list("officer_id", "given_at"))
    kept = row.escrow.shares.select_related("officer").order_by("officer__name", "officer_id")
    found = tuple(ApprovalView(name=item.officer.name, given_at=given.get(item.officer_id)) for item in kept)
    view = recovery_view(row, at=at)
    return RecoveryView(**{name: getattr(view, name) for name in RecoveryView.__slots__} | {"officers": found})


def share_of(recovery_id: int, actor_id: str) -> EscrowShare | None:
    """Return the share that an officer keeps of the key of a recovery, None when they keep none."""
    return EscrowShare.objects.filter(
        escrow__recoveries=recovery_id, officer__actor=actor_id, officer__dismissed_at__isnull=True
    ).first()

"""What was lodged and how it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.systems.hall import rules
from quancheng.systems.hall.models import CorrectionRound, Draft, Submission
from quancheng.systems.hall.queries import licences, services


class NoSuchThing(Refusal):
    """The draft or submission is not there."""

    code: ClassVar[str] = "hall.no-such-thing"
    message = _("There is nothing under this address. It may have been discarded or already submitted.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialView:
    """A document of a submission; `round` 0 came with the application."""

    code: str
    title: str
    name: str
    digest: str
    media_type: str
    size: int
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressView:
    """One line of the timeline."""

    sequence: int
    state: str
    sentence: str
    next: str
    at: datetime
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    """A request for corrections; `items` [{material or field, reason, basis}], `files` uploaded but not lodged yet."""

    round: int
    items: tuple[Mapping[str, Any], ...]
    due_on: date
    letter_text: str
    letters: tuple[str, ...]
    requested_at: datetime
    answered_at: datetime | None
    form: Mapping[str, Any]
    files: tuple[Mapping[str, Any], ...]

    @property
    def fields(self) -> tuple[str, ...]:
        return rules.asked_codes(self.items)[0]

    @property
    def materials(self) -> tuple[str, ...]:
        return rules.asked_codes(self.items)[1]

    @property
    def missing(self) -> tuple[str, ...]:
        """The codes of asked materials for which nothing was uploaded."""
        held = {item["code"] for item in self.files}
        return tuple(code for code in self.materials if code not in held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Affair:
    """A submission in the list of somebody's affairs."""

    id: UUID
    number: str
    title: str
    state: str
    state_title: str
    sentence: str
    lodged_at: datetime
    due_on: date | None
    is_waiting_for_applicant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionView:
    """A submission with everything the tracking page says. `clock`, `acceptance`: see `why` of the calendar."""

    id: UUID
    number: str
    owner: str
    applicant: Mapping[str, Any]
    service: services.ServiceView
    answers: Mapping[str, Any]
    form: Mapping[str, Any]
    lodged_at: datetime
    acceptance: Mapping[str, Any]
    state: str
    state_title: str
    sentence: str
    next: str
    holder: str
    clock: Mapping[str, Any]
    active_elements: tuple[str, ...]
    done_elements: tuple[str, ...]
    timeline: tuple[ProgressView, ...]
    materials: tuple[MaterialView, ...]
    rounds: tuple[CorrectionView, ...]
    outcome: str
    decision: Mapping[str, Any]
    decided_at: datetime | None
    withdrawn_at: datetime | None
    licences: tuple[licences.LicenceView, ...]

    @property
    def open_round(self) -> CorrectionView | None:
        return next((item for item in self.rounds if item.answered_at is None), None)

    @property
    def may_withdraw(self) -> bool:
        return self.state in rules.OPEN_STATES and self.withdrawn_at is None

    @property
    def is_final(self) -> bool:
        return self.state in rules.FINAL_STATES

    @property
    def due_on(self) -> date | None:
        text = self.clock.get("due_on") or self.acceptance.get("due_on")
        return date.fromisoformat(text) if text and not self.is_final else None


def _round(row: CorrectionRound) -> CorrectionView:
    return CorrectionView(
        round=row.round,
        items=tuple(row.items),
        due_on=row.due_on,
        letter_text=row.letter_text,
        letters=tuple(row.letters),
        requested_at=row.requested_at,
        answered_at=row.answered_at,
        form=row.form,
        files=tuple(row.files),
    )


def submission(*, submission_id: UUID) -> SubmissionView:
    """Return a submission with its timeline. :raises NoSuchThing: if there is none."""
    row = (
        Submission.objects.select_related("service")
        .prefetch_related("progress", "materials", "rounds", "licences")
        .filter(pk=submission_id)
        .first()
    )
    if row is None:
        raise NoSuchThing
    reports = sorted(row.progress.all(), key=lambda item: item.sequence)
    latest = reports[-1] if reports else None
    return SubmissionView(
        id=row.id,
        number=row.number,
        owner=row.owner,
        applicant=row.applicant,
        service=services.view(row.service),
        answers=row.answers,
        form=row.form,
        lodged_at=row.lodged_at,
        acceptance=row.acceptance,
        state=row.state,
        state_title=str(Submission.State(row.state).label),
        sentence=latest.sentence if latest else "",
        next=latest.next if latest else "",
        holder=latest.holder if latest else "",
        clock=latest.clock if latest else {},
        active_elements=tuple(latest.active_elements) if latest else (),
        done_elements=tuple(latest.done_elements) if latest else (),
        timeline=tuple(
            ProgressView(
                sequence=item.sequence,
                state=item.state,
                sentence=item.sentence,
                next=item.next,
                at=item.at,
                holder=item.holder,
            )
            for item in reports
        ),
        materials=tuple(
            MaterialView(
                code=item.code,
                title=item.title,
                name=item.name,
                digest=item.digest,
                media_type=item.media_type,
                size=item.size,
                round=item.round,
            )
            for item in row.materials.all()
        ),
        rounds=tuple(_round(item) for item in sorted(row.rounds.all(), key=lambda item: item.round)),
        outcome=row.outcome,
        decision=row.decision,
        decided_at=row.decided_at,
        withdrawn_at=row.withdrawn_at,
        licences=tuple(licences.view(item) for item in row.licences.all()),
    )


def affairs(*, actor: pmi.Actor) -> tuple[Affair, ...]:
    """Return what the owner has lodged, newest first."""
    rows = (
        Submission.objects.select_related("service")
        .prefetch_related("progress", "rounds")
        .filter(pmi.visible(actor, "hall.submission.read", owner="owner", open_to=("citizen",)))
        .order_by("-lodged_at", "-serial")
    )
    found = []
    for row in rows:
        latest = max(row.progress.all(), key=lambda item: item.sequence, default=None)
        text = (latest.clock.get("due_on") if latest else "") or row.acceptance.get("due_on") or ""
        found.append(
            Affair(
                id=row.id,
                number=row.number,
                title=row.service.title,
                state=row.state,
                state_title=str(Submission.State(row.state).label),
                sentence=latest.sentence if latest else "",
                lodged_at=row.lodged_at,
                due_on=date.fromisoformat(text) if text and row.state not in rules.FINAL_STATES else None,
                is_waiting_for_applicant=any(item.answered_at is None for item in row.rounds.all()),
            )
        )
    return tuple(found)


def owner_of(*, draft_id: UUID | None = None, submission_id: UUID | None = None) -> str:
    """Return whose draft or submission it is. A lodged draft keeps its owner under its own id.

    :raises NoSuchThing: if there is neither.
    """
    found: str | None = None
    if submission_id is not None:
        found = Submission.objects.filter(pk=submission_id).values_list("owner", flat=True).first()
    elif draft_id is not None:
        found = (
            Draft.objects.filter(pk=draft_id).values_list("owner", flat=True).first()
            or Submission.objects.filter(draft_token=draft_id).values_list("owner", flat=True).first()
        )
    if found is None:
        raise NoSuchThing
    return found


def lodged_as(*, draft_id: UUID) -> UUID | None:
    """Return the submission that this draft became, None while it is not lodged."""
    return Submission.objects.filter(draft_token=draft_id).values_list("pk", flat=True).first()

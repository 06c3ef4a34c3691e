"""Everything about one application, as a clerk needs it on one page, and its documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from quancheng.business.approvals import rules
from quancheng.business.approvals.engine import texts
from quancheng.business.approvals.models import (
    Application,
    CorrectionNotice,
    Decision,
    Licence,
    Material,
    Opinion,
    Report,
)
from quancheng.business.approvals.queries import places
from quancheng.business.approvals.queries.applications import READ, get, target
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import public as calendar
from quancheng.support.documents import public as documents
from quancheng.support.workflow import public as workflow


class NoSuchDocument(Refusal):
    """The application has no such document, or its bytes have not arrived."""

    code = "approvals.no-such-document"
    message = _("This document does not belong to the application, or it has not arrived yet.")
    status = 404


@dataclass(frozen=True, slots=True)
class MaterialView:
    """A material. `basis` is what it may be asked for; `current` is false once a later round replaced it."""

    code: str
    title: str
    name: str
    digest: str
    size: int
    round: int
    basis: str
    current: bool
    arrived: bool


@dataclass(frozen=True, slots=True)
class Askable:
    """Something that may be asked to be corrected. `key` is material:<code> or field:<key>."""

    key: str
    title: str
    basis: str
    present: bool


@dataclass(frozen=True, slots=True)
class OpinionView:
    """What a department says on its part; the verdict is empty while it has not spoken."""

    part: str
    title: str
    department: str
    organisation: str
    law: str
    verdict: str
    verdict_label: str
    text: str
    by: str
    at: datetime | None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A request for corrections."""

    round: int
    items: tuple[Mapping[str, str], ...]
    repeated: tuple[str, ...]
    letter: str
    due_on: date
    issued_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """The decision. `digest` names the sealed letter, empty until it is made."""

    outcome: str
    outcome_label: str
    text: str
    reasons: str
    remedies: str
    law: str
    by: str
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """What the citizen was told."""

    sequence: int
    state: str
    sentence: str
    following: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LicenceView:
    """A licence that was issued."""

    number: str
    title: str
    department: str
    issued_on: date
    valid_until: date | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """One application. `expected` names what the reader may do now: acceptance, decision, opinion:<part>."""

    id: UUID
    number: str
    subject: str
    submission_id: str
    service: str
    service_code: str
    service_version: int
    applicant_name: str
    identity_number: str
    mobile: str
    state: str
    state_label: str
    outcome: str
    outcome_label: str
    department: str
    organisation: str
    lodged_at: datetime
    received_at: datetime
    accepted_at: datetime | None
    accepted_by: str
    decided_at: datetime | None
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    answers: tuple[tuple[str, str], ...]
    materials: tuple[MaterialView, ...]
    askable: tuple[Askable, ...]
    notices: tuple[NoticeView, ...]
    opinions: tuple[OpinionView, ...]
    withdrawn: tuple[OpinionView, ...]
    decision: DecisionView | None
    licences: tuple[LicenceView, ...]
    reports: tuple[ReportView, ...]
    clock: calendar.ClockView | None
    case: workflow.CaseView
    expected: tuple[str, ...]


@pmi.reading(READ, scope=target)
def casefile(*, actor: pmi.Actor, application_id: UUID, place: str) -> CaseFile:  # noqa: ARG001
    """Return the application for a reader at `place`; the look is entered in the trail.

    :raises NoSuchApplication: for an unknown id.
    """
    item = get(application_id)
    body, form = item.version.body, item.version.form
    decision = Decision.objects.filter(application=item).first()
    return CaseFile(
        id=item.pk,
        number=item.number,
        subject=item.subject,
        submission_id=item.submission_id,
        service=item.version.item.title,
        service_code=item.version.item.code,
        service_version=item.version.number,
        applicant_name=item.applicant_name,
        identity_number=item.identity_number,
        mobile=item.mobile,
        state=item.state,
        state_label=item.get_state_display(),
        outcome=item.outcome,
        outcome_label=item.get_outcome_display() if item.outcome else "",
        department=texts.department(item.version.item.department),
        organisation=item.organisation,
        lodged_at=item.lodged_at,
        received_at=item.received_at,
        accepted_at=item.accepted_at,
        accepted_by=item.accepted_by,
        decided_at=item.decided_at,
        groups=rules.summary(form, places.named(form, item.variables)),
        answers=rules.answers_in_words(body, item.answers),
        materials=_materials(item, body),
        askable=_askable(item, body, form),
        notices=tuple(_notice(row) for row in item.notices.order_by("round")),
        opinions=_opinions(item),
        withdrawn=_withdrawn(item),
        decision=_decision(decision) if decision else None,
        licences=tuple(_licence(row) for row in Licence.objects.filter(application=item).order_by("id")),
        reports=tuple(_report(row) for row in item.reports.order_by("-sequence")),
        clock=calendar.find_clock(item.subject),
        case=workflow.case(item.subject),
        expected=_expected(actor, item),
    )


@dataclass(frozen=True, slots=True)
class Download:
    """A document's name, media type and bytes."""

    name: str
    media_type: str
    stream: BinaryIO


@pmi.reading("approvals.document.read", scope=target)
def document(*, actor: pmi.Actor, application_id: UUID, place: str, digest: str) -> Download:  # noqa: ARG001
    """Return a document of the application; the look is entered in the trail.

    :raises NoSuchDocument: for a digest that is not among its materials, licences and letters.
    """
    item = get(application_id)
    rows = (
        Material.objects.filter(application=item, digest=digest).values_list("name", "media_type"),
        ((f"{row.title}.pdf", "application/pdf") for row in item.licences.filter(digest=digest)),
        (
            (f"{item.number}.pdf", "application/pdf")
            for _row in Decision.objects.filter(application=item, digest=digest)
        ),
    )
    found = next((pair for group in rows for pair in group), None)
    if not digest or found is None or not documents.exists(digest):
        raise NoSuchDocument
    return Download(found[0], found[1], documents.open(digest))


def _expected(actor: pmi.Actor, item: Application) -> tuple[str, ...]:
    names = {"WindowReview": "acceptance", "LeadDecision": "decision"}
    open_steps = workflow.open_tasks(actor, subject=item.subject)
    return tuple(names.get(task.element_id, f"opinion:{task.element_id}") for task in open_steps)


def _materials(item: Application, body: Mapping[str, Any]) -> tuple[MaterialView, ...]:
    laws = {material["code"]: rules.citation(material) for material in body.get("material", ())}
    rows = list(item.materials.order_by("code", "-round", "id"))
    latest = {row.code: max(other.round for other in rows if other.code == row.code) for row in rows}
    kept = documents.kept(row.digest for row in rows)
    return tuple(
        MaterialView(
            row.code,
            row.title,
            row.name,
            row.digest,
            row.size,
            row.round,
            laws.get(row.code, ""),
            row.round == latest[row.code],
            row.digest in kept,
        )
        for row in rows
    )


@pmi.reading(READ, scope=target)
def askable(*, actor: pmi.Actor, application_id: UUID, place: str) -> tuple[Askable, ...]:  # noqa: ARG001
    """Return what may be asked to be corrected: materials and fields of the item's version, each with its basis."""
    item = get(application_id)
    return _askable(item, item.version.body, item.version.form)


def _askable(item: Application, body: Mapping[str, Any], form: Mapping[str, Any]) -> tuple[Askable, ...]:
    there = set(item.materials.values_list("code", flat=True))
    found = [
        Askable(f"material:{row['code']}", row["title"], rules.citation(row), row["code"] in there)
        for row in body.get("material", ())
    ]
    found += [
        Askable(
            f"field:{row['key']}", row["label"], row.get("properties", {}).get("basis", ""), row["key"] in item.form
        )
        for row in rules.fields(form)
    ]
    return tuple(found)


def _opinions(item: Application) -> tuple[OpinionView, ...]:
    given: dict[str, Opinion] = {row.part: row for row in item.opinions.all()}
    found = []
    for share in item.shares.filter(asks=True).order_by("id"):
        row = given.get(share.part)
        found.append(
            OpinionView(
                part=share.part,
                title=share.title,
                department=texts.department(share.department),
                organisation=share.organisation,
                law=row.law if row else share.law,
                verdict=row.verdict if row else "",
                verdict_label=row.get_verdict_display() if row else "",
                text=row.text if row else "",
                by=row.given_by_name if row else "",
                at=row.given_at if row else None,
            )
        )
    return tuple(found)


def _withdrawn(item: Application) -> tuple[OpinionView, ...]:
    """Return the opinions that count no more, because their steps were done anew."""
    shares = {share.part: share for share in item.shares.all()}
    return tuple(
        OpinionView(
            part=row.part,
            title=shares[row.part].title,
            department=texts.department(row.department),
            organisation=shares[row.part].organisation,
            law=row.law,
            verdict=row.verdict,
            verdict_label=row.get_verdict_display(),
            text=row.text,
            by=row.given_by_name,
            at=row.given_at,
            withdrawn_at=row.withdrawn_at,
        )
        for row in Opinion.every.filter(application=item).exclude(withdrawn_at=None).order_by("-withdrawn_at", "id")
    )


def _notice(row: CorrectionNotice) -> NoticeView:
    return NoticeView(
        row.round, tuple(row.items), tuple(row.repeated), row.letter, row.due_on, row.issued_at, row.answered_at
    )


def _decision(row: Decision) -> DecisionView:
    return DecisionView(
        outcome=row.outcome,
        outcome_label=row.get_outcome_display(),
        text=row.text,
        reasons=row.reasons,
        remedies=row.remedies,
        law=row.law,
        by=row.decided_by_name,
        at=row.decided_at,
        digest=row.digest,
    )


def _report(row: Report) -> ReportView:
    return ReportView(row.sequence, row.state, row.sentence, row.following, row.at)


def _licence(row: Licence) -> LicenceView:
    return LicenceView(
        row.number, row.title, texts.department(row.department), row.issued_on, row.valid_until, row.digest
    )

"""The service protocol: what the hall and the business systems behind it tell one another, as plain values.

The hall announces what citizens lodge; the business systems announce what they publish and how a matter goes.
Both sides build these classes; only the topic and the values travel.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from quancheng.kernel import events


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePublished(events.Event):
    """A business system offers a service to the public; a later version replaces an earlier one.

    `guide` holds audience, conditions, materials [{code, title, required_when (FEEL), copies, source, basis}], steps,
    law, statutory_limit {days, unit, rule, law, article}, promised_days, fee, visits, result, phone, faq.
    `questions` holds guided questions [{key, text, help, options [{value, label}], shown_when (FEEL)}].
    `form` is a form-js schema; `bpmn` the XML of the drawing that the matter will follow.
    """

    topic: ClassVar[str] = "hall.service-published"
    service_code: str
    version: int
    title: str
    summary: str
    department: str
    departments: tuple[str, ...] = ()
    guide: dict[str, Any] = field(default_factory=dict)
    questions: list[dict[str, Any]] = field(default_factory=list)
    form: dict[str, Any] = field(default_factory=dict)
    bpmn: str = ""
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.service_code


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionLodged(events.Event):
    """A citizen lodged an application.

    `applicant` holds actor_id, name, identity_number, mobile; `materials` [{code, title, name, digest, media_type,
    size}]; `lodged_at` is ISO 8601 with offset; `files` the sha256 hex digests of the documents that travel along.
    """

    topic: ClassVar[str] = "hall.submission-lodged"
    submission_id: str
    number: str
    service_code: str
    service_version: int
    applicant: dict[str, Any]
    answers: dict[str, Any]
    form: dict[str, Any]
    materials: list[dict[str, Any]]
    lodged_at: str
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.submission_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionLodged(events.Event):
    """The citizen answered a request for correction; `form` holds the corrected fields only."""

    topic: ClassVar[str] = "hall.correction-lodged"
    submission_id: str
    round: int
    form: dict[str, Any]
    materials: list[dict[str, Any]]
    lodged_at: str
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.submission_id


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalLodged(events.Event):
    """The citizen withdrew the application before a decision."""

    topic: ClassVar[str] = "hall.withdrawal-lodged"
    submission_id: str
    reason: str
    lodged_at: str
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.submission_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressReported(events.Event):
    """Where a matter stands.

    `sequence` counts reports of one submission from 1. `state` is one of received, correction, accepted, reviewing,
    decided, issued, refused, withdrawn. `sentence` says what happened, `next` what happens next, both for the citizen.
    `clock` holds rule, law, article, started_on, due_on, days, state, provisional, excluded, promised_due_on; it is
    empty while no clock runs. `holder` is the name of the department that has the matter.
    """

    topic: ClassVar[str] = "hall.progress-reported"
    submission_id: str
    sequence: int
    state: str
    sentence: str
    next: str
    at: str
    active_elements: tuple[str, ...] = ()
    done_elements: tuple[str, ...] = ()
    clock: dict[str, Any] = field(default_factory=dict)
    holder: str = ""
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.submission_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRequested(events.Event):
    """The office asks, once and for everything, for corrections (Administrative Licensing Law, article 32 (4)).

    `items` [{material or field, reason, basis}]; `due_on` an ISO date; `files` the letter, when there is one as PDF.
    """

    topic: ClassVar[str] = "hall.correction-requested"
    submission_id: str
    round: int
    items: list[dict[str, Any]]
    due_on: str
    letter_text: str = ""
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.submission_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsIssued(events.Event):
    """The matter is decided.

    `outcome` is granted or refused; `decision` {text, reasons, remedies}; `licences` [{number, title, holder_name,
    holder_code, department, department_name, issued_on, valid_until, facts, digest, name}].
    """

    topic: ClassVar[str] = "hall.results-issued"
    submission_id: str
    outcome: str
    decision: dict[str, Any]
    licences: list[dict[str, Any]] = field(default_factory=list)
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.submission_id

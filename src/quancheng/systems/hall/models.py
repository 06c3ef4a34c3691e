"""The hall's tables: what is on offer, what citizens are writing, what they lodged, and what came back."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

DIGEST = RegexValidator(r"^[0-9a-f]{64}$")


class Service(models.Model):
    """One version of a service as the business system published it; rows are never changed, only withdrawn."""

    code = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    department = models.CharField(max_length=64)
    departments = models.JSONField(default=list)
    guide = models.JSONField(default=dict)
    questions = models.JSONField(default=list)
    form = models.JSONField(default=dict)
    bpmn = models.TextField(blank=True)
    published_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["code", "-version"]
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="hall_one_row_a_version")]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class Draft(models.Model):
    """An application that somebody is still writing; its id is the token that makes lodging happen once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.CharField(max_length=128)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="drafts")
    answers = models.JSONField(default=dict)
    form = models.JSONField(default=dict)
    files = models.JSONField(default=list, help_text=_("What was uploaded: code, digest, name, media type, size."))
    page = models.PositiveSmallIntegerField(default=1)
    sources = models.JSONField(default=dict, help_text=_("Where prefilled values come from, by field."))
    prefill_request = models.CharField(max_length=64, blank=True)
    prefill_requested_at = models.DateTimeField(null=True, blank=True)
    prefill_delivered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    expires_on = models.DateField()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["owner", "-updated_at"], name="hall_draft_owner")]
        constraints = [
            models.UniqueConstraint(
                fields=["prefill_request"], condition=~Q(prefill_request=""), name="hall_one_draft_a_request"
            ),
            models.CheckConstraint(
                condition=Q(prefill_delivered_at=None) | Q(prefill_requested_at__isnull=False),
                name="hall_prefill_only_when_asked",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DayCounter(models.Model):
    """The last serial given on a day; updating the row serialises two citizens who submit at once."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("day counter")
        verbose_name_plural = _("day counters")

    def __str__(self) -> str:
        return f"{self.day}: {self.last}"


class Submission(models.Model):
    """An application that was lodged, with the latest news about it."""

    class State(models.TextChoices):
        LODGED = "lodged", _("Submitted")
        RECEIVED = "received", _("Received")
        CORRECTION = "correction", _("Waiting for your corrections")
        ACCEPTED = "accepted", _("Accepted")
        REVIEWING = "reviewing", _("Under review")
        DECIDED = "decided", _("Decided")
        ISSUED = "issued", _("Granted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft_token = models.UUIDField(unique=True)
    day = models.DateField()
    serial = models.PositiveIntegerField()
    number = models.CharField(max_length=32, unique=True)
    owner = models.CharField(max_length=128)
    applicant = models.JSONField(help_text=_("Name, identity number and mobile as they were when lodged."))
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="submissions")
    answers = models.JSONField(default=dict)
    form = models.JSONField(default=dict)
    lodged_at = models.DateTimeField()
    acceptance = models.JSONField(default=dict, help_text=_("When the office must have answered, and why then."))
    state = models.CharField(max_length=16, choices=State, default=State.LODGED)
    last_sequence = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=16, blank=True)
    decision = models.JSONField(default=dict)
    decided_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["-lodged_at", "-serial"]
        indexes = [models.Index(fields=["owner", "-lodged_at"], name="hall_submission_owner")]
        constraints = [
            models.UniqueConstraint(fields=["day", "serial"], name="hall_one_serial_a_day"),
            models.CheckConstraint(condition=Q(serial__gte=1), name="hall_serial_from_one"),
            models.CheckConstraint(condition=Q(outcome__in=["", "granted", "refused"]), name="hall_outcome_is_known"),
        ]

    def __str__(self) -> str:
        return self.number


class Material(models.Model):
    """A document that belongs to a submission: with the application (round 0) or with a correction."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="materials")
    code = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, validators=[DIGEST])
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    round = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        ordering = ["submission", "round", "id"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "round", "code", "digest"], name="hall_material_once_a_round")
        ]

    def __str__(self) -> str:
        return self.name


class Progress(models.Model):
    """One report from the business system; the sequence makes a repeated delivery harmless."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="progress")
    sequence = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=Submission.State)
    sentence = models.TextField()
    next = models.TextField(blank=True)
    at = models.DateTimeField()
    active_elements = models.JSONField(default=list)
    done_elements = models.JSONField(default=list)
    clock = models.JSONField(default=dict)
    holder = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("progress report")
        verbose_name_plural = _("progress reports")
        ordering = ["submission", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "sequence"], name="hall_one_report_a_sequence"),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="hall_sequence_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} #{self.sequence}"


class CorrectionRound(models.Model):
    """A request for corrections and the answer to it."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="rounds")
    round = models.PositiveSmallIntegerField()
    items = models.JSONField(default=list)
    due_on = models.DateField()
    letter_text = models.TextField(blank=True)
    letters = models.JSONField(default=list, help_text=_("Digests of the letters that came along."))
    requested_at = models.DateTimeField()
    form = models.JSONField(default=dict)
    files = models.JSONField(default=list, help_text=_("Uploaded for this round, not lodged yet."))
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("correction round")
        verbose_name_plural = _("correction rounds")
        ordering = ["submission", "round"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "round"], name="hall_one_row_a_round"),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(answered_at__gte=F("requested_at")),
                name="hall_answered_after_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} round {self.round}"


class Licence(models.Model):
    """A licence that was issued: what the holder downloads and what anybody may verify."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="licences")
    owner = models.CharField(max_length=128)
    number = models.CharField(max_length=64)
    check_code = models.CharField(max_length=64, blank=True, help_text=_("Printed in the QR code beside the number."))
    title = models.CharField(max_length=200)
    holder_name = models.CharField(max_length=200)
    holder_code = models.CharField(max_length=32, blank=True)
    department = models.CharField(max_length=64)
    department_name = models.CharField(max_length=200)
    issued_on = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    facts = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, validators=[DIGEST])
    name = models.CharField(max_length=255)

    class Meta:
        verbose_name = _("licence")
        verbose_name_plural = _("licences")
        ordering = ["-issued_on", "number"]
        indexes = [models.Index(fields=["owner", "-issued_on"], name="hall_licence_owner")]
        constraints = [
            models.UniqueConstraint(fields=["department", "number"], name="hall_one_licence_a_number"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("issued_on")), name="hall_valid_after_issue"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"

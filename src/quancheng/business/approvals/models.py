"""Service items with their versions, applications with everything that happens to them, and licences."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ServiceItem(models.Model):
    """What the city offers: an item of the implementation list. `department` is the leading organisation's code."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=200)
    department = models.CharField(_("department"), max_length=40)
    current = models.PositiveIntegerField(_("published version"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("service item"), _("service items")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.title


class ServiceVersion(models.Model):
    """A published state of a service item. Applications stay with the version they were made under."""

    item = models.ForeignKey(ServiceItem, models.PROTECT, related_name="versions", verbose_name=_("service item"))
    number = models.PositiveIntegerField(_("version"))
    body = models.JSONField(_("elements"))
    form = models.JSONField(_("form"))
    process = models.CharField(_("process"), max_length=100)
    digest = models.CharField(_("digest"), max_length=64)
    published_at = models.DateTimeField(_("published at"))
    published_by = models.CharField(_("published by"), max_length=100)

    class Meta:
        verbose_name, verbose_name_plural = _("version of a service item"), _("versions of service items")
        ordering = ("item", "-number")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["item", "number"], name="approvals_one_version_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.number}"


class Application(models.Model):
    """A matter from its receipt until its result is delivered. `organisation` is the path of the leading department."""

    class State(models.TextChoices):
        RECEIVED = "RECEIVED", _("Waiting for acceptance")
        CORRECTION = "CORRECTION", _("Waiting for corrections")
        REVIEWING = "REVIEWING", pgettext_lazy("approvals", "Under review")
        DECIDED = "DECIDED", pgettext_lazy("approvals", "Decided")
        DELIVERED = "DELIVERED", pgettext_lazy("approvals", "Delivered")
        WITHDRAWN = "WITHDRAWN", pgettext_lazy("approvals", "Withdrawn")

    class Outcome(models.TextChoices):
        NONE = "", pgettext_lazy("approvals", "Open")
        GRANTED = "GRANTED", pgettext_lazy("approvals", "Granted")
        REFUSED = "REFUSED", pgettext_lazy("approvals", "Refused")
        UNACCEPTED = "UNACCEPTED", pgettext_lazy("approvals", "Not accepted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission_id = models.CharField(_("submission"), max_length=64, unique=True)
    number = models.CharField(_("number"), max_length=40)
    version = models.ForeignKey(ServiceVersion, models.PROTECT, related_name="+", verbose_name=_("service item"))
    organisation = models.CharField(_("leading department"), max_length=400)
    applicant_id = models.CharField(_("applicant's account"), max_length=100)
    applicant_name = models.CharField(_("applicant"), max_length=100)
    identity_number = models.CharField(_("identity number"), max_length=18, blank=True)
    mobile = models.CharField(_("mobile number"), max_length=20, blank=True)
    answers = models.JSONField(_("answers"), default=dict)
    form = models.JSONField(_("form"), default=dict)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.RECEIVED)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, default=Outcome.NONE, blank=True)
    lodged_at = models.DateTimeField(_("lodged at"))
    received_at = models.DateTimeField(_("received at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.CharField(_("accepted by"), max_length=100, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("application"), _("applications")
        ordering = ("-received_at", "id")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "state", "-received_at"], name="approvals_by_department"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(state__in=["DECIDED", "DELIVERED"]) | ~Q(outcome="") & Q(decided_at__isnull=False),
                name="approvals_decided_has_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(state="REVIEWING") | Q(accepted_at__isnull=False), name="approvals_reviewing_is_accepted"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) ^ Q(state__in=["DELIVERED", "WITHDRAWN"]), name="approvals_closed_iff_over"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        """How the trail, the clock and the workflow name this application."""
        return f"application:{self.pk}"

    @property
    def variables(self) -> dict[str, object]:
        """What the answers and the form say, one flat mapping; a field of the form overrides an answer."""
        return {**self.answers, **self.form}


class Report(models.Model):
    """What the citizen was told; `sequence` counts from 1 without a gap."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="reports")
    sequence = models.PositiveIntegerField(_("sequence"))
    state = models.CharField(_("state"), max_length=12)
    sentence = models.TextField(_("what happened"))
    following = models.TextField(_("what happens next"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name, verbose_name_plural = _("report of progress"), _("reports of progress")
        ordering = ("application", "sequence")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["application", "sequence"], name="approvals_one_report_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.sequence}"


class Share(models.Model):
    """One department's share of an application, pinned when it was received. `organisation` is the department's path.

    `asks` says whether the department gives an opinion of its own, or the leading department decides it alone;
    `binding` whether its "no" stops a grant: where the law asks for no permit, the department only advises.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="shares")
    part = models.CharField(_("part"), max_length=40)
    title = models.CharField(_("title"), max_length=100)
    department = models.CharField(_("department"), max_length=40)
    organisation = models.CharField(_("path"), max_length=400)
    template = models.CharField(_("kind of licence"), max_length=40, blank=True)
    law = models.CharField(_("legal basis"), max_length=200)
    asks = models.BooleanField(_("gives an opinion"), default=True)
    binding = models.BooleanField(_("opinion binds"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("share of a department"), _("shares of departments")
        ordering = ("application", "id")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "application"], name="approvals_share_department"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["application", "part"], name="approvals_one_share_a_part"),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.part}"


class Material(models.Model):
    """A document that came with an application; a later round replaces an earlier one under the same code."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="materials")
    round = models.PositiveSmallIntegerField(_("round"), default=0)
    code = models.CharField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=200)
    name = models.CharField(_("file name"), max_length=200)
    digest = models.CharField(_("digest"), max_length=64)
    media_type = models.CharField(_("media type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))

    class Meta:
        verbose_name, verbose_name_plural = _("material"), _("materials")
        ordering = ("application", "code", "-round", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["application", "round", "code", "digest"], name="approvals_one_material_a_round"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CorrectionNotice(models.Model):
    """What was asked for in one round. `repeated` holds the codes that should have been asked in the first round."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="notices")
    round = models.PositiveSmallIntegerField(_("round"))
    items = models.JSONField(_("items"))
    repeated = models.JSONField(_("asked too late"), default=list)
    letter = models.TextField(_("letter"))
    due_on = models.DateField(_("due on"))
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.CharField(_("issued by"), max_length=100)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("request for corrections"), _("requests for corrections")
        ordering = ("application", "round")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["application", "round"], name="approvals_one_notice_a_round"),
            models.UniqueConstraint(
                fields=["application"], condition=Q(answered_at=None), name="approvals_one_open_notice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.round}"


class OpinionsInForce(models.Manager["Opinion"]):
    """The opinions that count: a matter that was sent back for another one keeps the earlier one, but aside."""

    def get_queryset(self) -> models.QuerySet["Opinion"]:
        return super().get_queryset().filter(withdrawn_at=None)


class Opinion(models.Model):
    """What one department says on its part. `department` is the organisation's code.

    Once `withdrawn_at` is set (退回、取回) it counts no more, and is kept to be read.
    """

    class Verdict(models.TextChoices):
        FAVOURABLE = "FAVOURABLE", pgettext_lazy("approvals", "Favourable")
        CONDITIONAL = "CONDITIONAL", _("Favourable with conditions")
        UNFAVOURABLE = "UNFAVOURABLE", pgettext_lazy("approvals", "Unfavourable")

    application = models.ForeignKey(Application, models.PROTECT, related_name="opinions")
    part = models.CharField(_("part"), max_length=40)
    department = models.CharField(_("department"), max_length=40)
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict)
    text = models.TextField(_("text"), blank=True)
    law = models.CharField(_("legal basis"), max_length=200)
    given_by = models.CharField(_("given by"), max_length=100)
    given_by_name = models.CharField(_("name"), max_length=100)
    given_at = models.DateTimeField(_("given at"))
    withdrawn_at = models.DateTimeField(pgettext_lazy("approvals", "withdrawn at"), null=True, blank=True)

    objects = OpinionsInForce()
    every: ClassVar[models.Manager["Opinion"]] = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = _("opinion"), _("opinions")
        ordering = ("given_at", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["application", "part"],
                condition=Q(withdrawn_at=None),
                name="approvals_one_opinion_in_force",
            ),
            models.CheckConstraint(
                condition=Q(verdict="FAVOURABLE") | ~Q(text=""), name="approvals_reservation_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.part}"


class Decision(models.Model):
    """The decision on an application, or the refusal to accept it. `digest` names the sealed letter once it is made."""

    application = models.OneToOneField(Application, models.PROTECT, related_name="decision")
    outcome = models.CharField(_("outcome"), max_length=12, choices=Application.Outcome)
    text = models.TextField(_("text"))
    reasons = models.TextField(_("reasons"), blank=True)
    remedies = models.TextField(_("remedies"), blank=True)
    law = models.CharField(_("legal basis"), max_length=200)
    decided_by = models.CharField(_("decided by"), max_length=100)
    decided_by_name = models.CharField(_("name"), max_length=100)
    decided_at = models.DateTimeField(_("decided at"))
    digest = models.CharField(_("letter"), max_length=64, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("decision"), _("decisions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Administrative Licensing Law, article 38 (2): a refusal gives its reasons and names the remedies.
            models.CheckConstraint(
                condition=Q(outcome="GRANTED") | ~Q(reasons="") & ~Q(remedies=""), name="approvals_refusal_is_reasoned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.outcome}"


class Licence(models.Model):
    """A licence that was issued: what it says, and the digest of the sealed page."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="licences")
    template = models.CharField(_("kind"), max_length=40)
    number = models.CharField(_("number"), max_length=60, unique=True)
    check_code = models.CharField(_("check code"), max_length=12)
    title = models.CharField(_("title"), max_length=100)
    facts = models.JSONField(_("content"))
    holder_name = models.CharField(_("holder"), max_length=100)
    holder_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    department = models.CharField(_("department"), max_length=40)
    issued_on = models.DateField(_("issued on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name, verbose_name_plural = _("licence"), _("licences")
        ordering = ("application", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["application", "template"], name="approvals_one_licence_a_kind"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("issued_on")), name="approvals_licence_period"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Series(models.Model):
    """The last number given in a series, e.g. fire checks of 2026."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("number series"), _("number series")

    def __str__(self) -> str:
        return self.name

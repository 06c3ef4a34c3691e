"""Years of the calendar that an administrator loaded, and running clocks."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CalendarYear(models.Model):
    """A year's notice loaded here; it takes the place of the shipped one for that year."""

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True)
    document = models.CharField(_("notice"), max_length=200)
    announced = models.BooleanField(_("announced"), default=True)
    loaded_at = models.DateTimeField(_("loaded at"))
    loaded_by = models.CharField(_("loaded by"), max_length=100)

    class Meta:
        verbose_name = _("calendar year")
        verbose_name_plural = _("calendar years")

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """A day that a notice takes out of the ordinary week."""

    class Kind(models.TextChoices):
        OFF = "OFF", _("day off")
        WORK = "WORK", _("make-up workday")

    day = models.DateField(_("day"), primary_key=True)
    year = models.ForeignKey(CalendarYear, on_delete=models.CASCADE, related_name="days")
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    name = models.CharField(_("holiday"), max_length=50)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class RuleVersion(models.Model):
    """A version of a legal rule that was added here when the law changed; what it does not say stays as it was."""

    code = models.CharField(_("rule"), max_length=60)
    version = models.PositiveSmallIntegerField(_("version"))
    since = models.DateField(_("in force since"))
    law = models.CharField(_("law"), max_length=100)
    article = models.CharField(_("article"), max_length=60)
    basis = models.CharField(_("sentence of the law"), max_length=500)
    n = models.PositiveSmallIntegerField(_("length"))
    extension_n = models.PositiveSmallIntegerField(_("extension"), default=0)
    extension_level = models.CharField(_("who may extend"), max_length=60, blank=True, default="")
    extension_by = models.CharField(_("level"), max_length=20, blank=True, default="")
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    added_at = models.DateTimeField(_("added at"))
    added_by = models.CharField(_("added by"), max_length=100)

    class Meta:
        verbose_name = _("version of a rule")
        verbose_name_plural = _("versions of rules")
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="calendar_one_rule_a_version")]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class FeedAddress(models.Model):
    """The secret address of somebody's deadlines; only the digest of the secret is kept."""

    actor_id = models.CharField(_("actor"), max_length=100, primary_key=True)
    secret = models.CharField(_("digest of the secret"), max_length=64, unique=True)
    renewed_at = models.DateTimeField(_("renewed at"))

    class Meta:
        verbose_name = _("address of deadlines")
        verbose_name_plural = _("addresses of deadlines")

    def __str__(self) -> str:
        return self.actor_id


class Clock(models.Model):
    """A period that runs for a subject. `due_on` is derived from the rule, the segments and the calendar `table`."""

    class Status(models.TextChoices):
        RUNNING = "RUNNING", pgettext_lazy("clock", "running")
        SUSPENDED = "SUSPENDED", _("suspended")
        STOPPED = "STOPPED", _("stopped")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(_("subject"), max_length=200)
    title = models.CharField(_("title"), max_length=200)
    rule_code = models.CharField(_("rule"), max_length=60)
    rule_version = models.PositiveSmallIntegerField(_("version of the rule"))
    organisation = models.CharField(_("organisation"), max_length=200, blank=True, default="")
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.RUNNING)
    started_on = models.DateField(_("started on"))
    days = models.PositiveSmallIntegerField(_("days"))
    extended = models.PositiveSmallIntegerField(_("extended by"), default=0)
    due_on = models.DateField(_("due on"))
    provisional = models.BooleanField(_("provisional"), default=False)
    promised_days = models.PositiveSmallIntegerField(_("promised days"), null=True, blank=True)
    promised_due_on = models.DateField(_("promised for"), null=True, blank=True)
    stopped_on = models.DateField(_("stopped on"), null=True, blank=True)
    expired_at = models.DateTimeField(_("expiry announced at"), null=True, blank=True)
    announced_state = models.CharField(_("state last announced"), max_length=9, default="normal")
    table = models.CharField(_("fingerprint of the calendar"), max_length=16)

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        indexes = [models.Index(fields=["status", "due_on"], name="calendar_clock_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "rule_code"], condition=~Q(status="STOPPED"), name="calendar_one_open_clock_a_rule"
            ),
            models.CheckConstraint(
                condition=Q(status="STOPPED", stopped_on__isnull=False)
                | ~Q(status="STOPPED") & Q(stopped_on__isnull=True),
                name="calendar_stopped_on_iff_stopped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.due_on}"


class ClockSegment(models.Model):
    """Something that happened to a clock: a pause (`since` to `until`), a restart, an extension by `days`."""

    class Kind(models.TextChoices):
        SUSPENDED = "SUSPENDED", _("suspended")
        RESET = "RESET", _("restarted")
        EXTENDED = "EXTENDED", _("extended")

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="segments")
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    days = models.PositiveSmallIntegerField(_("days"), default=0)
    reason = models.CharField(_("reason"), max_length=300)
    document = models.CharField(_("document"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("segment of a clock")
        verbose_name_plural = _("segments of clocks")
        ordering = ["since", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="calendar_segment_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.since}"

"""The books of the border: what was sent and received in which order, what is missing, what was refused."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutgoingBundle(models.Model):
    """A bundle that this site wrote. Its file is kept until long after the other side has confirmed it."""

    receiver = models.CharField(_("to"), max_length=32)
    sequence = models.PositiveBigIntegerField(_("sequence"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    messages = models.PositiveIntegerField(_("messages"))
    files = models.PositiveIntegerField(_("files"))
    acknowledges = models.PositiveBigIntegerField(_("acknowledges up to"))
    requests = models.JSONField(_("asks again for"), default=list)
    created_at = models.DateTimeField(_("written at"))
    sent_at = models.DateTimeField(_("last sent at"), null=True)
    sendings = models.PositiveIntegerField(_("times sent"), default=0)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("outgoing bundle"), _("outgoing bundles")
        ordering = ("-sequence",)
        constraints = [
            models.UniqueConstraint(fields=["receiver", "sequence"], name="gateway_one_outgoing_bundle_a_sequence")
        ]
        indexes = [
            models.Index(
                fields=["receiver", "sequence"], condition=Q(acknowledged_at=None), name="gateway_unacknowledged"
            )
        ]

    def __str__(self) -> str:
        return f"→ {self.receiver} {self.sequence}"


class IncomingBundle(models.Model):
    """A verified bundle of the other zone. Not applied yet means that earlier ones are missing."""

    sender = models.CharField(_("from"), max_length=32)
    sequence = models.PositiveBigIntegerField(_("sequence"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    messages = models.PositiveIntegerField(_("messages"))
    files = models.PositiveIntegerField(_("files"))
    received_at = models.DateTimeField(_("received at"))
    applied_at = models.DateTimeField(_("applied at"), null=True)
    is_acknowledgement_due = models.BooleanField(_("acknowledgement is due"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("incoming bundle"), _("incoming bundles")
        ordering = ("-sequence",)
        constraints = [
            models.UniqueConstraint(fields=["sender", "sequence"], name="gateway_one_incoming_bundle_a_sequence")
        ]
        indexes = [
            models.Index(
                fields=["sender"], condition=Q(is_acknowledgement_due=True), name="gateway_acknowledgement_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sender} → {self.sequence}"


class Wanted(models.Model):
    """A sequence of the other zone that has to be sent again."""

    sender = models.CharField(_("from"), max_length=32)
    sequence = models.PositiveBigIntegerField(_("sequence"))
    since = models.DateTimeField(_("since"))
    asked_at = models.DateTimeField(_("last asked at"), null=True)
    times = models.PositiveIntegerField(_("times asked"), default=0)
    is_refused = models.BooleanField(_("its file was refused"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("missing bundle"), _("missing bundles")
        ordering = ("sequence",)
        constraints = [models.UniqueConstraint(fields=["sender", "sequence"], name="gateway_wanted_once")]

    def __str__(self) -> str:
        return f"{self.sender} {self.sequence}?"


class Quarantined(models.Model):
    """A file that was refused and set aside unread. The same file refused again only raises `times`."""

    zone = models.CharField(_("zone"), max_length=32)
    file = models.CharField(_("file"), max_length=255)
    digest = models.CharField(_("SHA-256"), max_length=64)
    kept_as = models.CharField(_("kept as"), max_length=300)
    fault = models.CharField(_("fault"), max_length=60)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    at = models.DateTimeField(_("refused at"))
    times = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        verbose_name, verbose_name_plural = _("quarantined file"), _("quarantined files")
        ordering = ("-at", "-pk")
        constraints = [models.UniqueConstraint(fields=["zone", "file", "digest"], name="gateway_quarantined_once")]

    def __str__(self) -> str:
        return self.file


class Alarm(models.Model):
    """Something at the border that a person has to look at."""

    zone = models.CharField(_("zone"), max_length=32)
    code = models.CharField(_("code"), max_length=60)
    detail = models.CharField(_("detail"), max_length=400)
    raised_at = models.DateTimeField(_("raised at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.CharField(_("closed by"), max_length=100, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("alarm"), _("alarms")
        ordering = ("-raised_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["zone", "code", "detail"], condition=Q(closed_at=None), name="gateway_alarm_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"

"""Since when something has been wanting, and how the whole stood day by day."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Sighting(models.Model):
    """A finding that a review saw, by the codes of check and finding. Its words are made anew at each look."""

    check_code = models.CharField(_("check"), max_length=80)
    key = models.CharField(_("finding"), max_length=200, blank=True)
    severity = models.PositiveSmallIntegerField(_("severity"))
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"))
    gone_at = models.DateTimeField(_("gone since"), null=True, blank=True)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(
                fields=["check_code", "key"], condition=models.Q(gone_at=None), name="posture_one_open_sighting"
            ),
        ]
        indexes = [models.Index(fields=["gone_at"], name="posture_gone")]

    def __str__(self) -> str:
        return f"{self.check_code} {self.key}"


class Day(models.Model):
    """How the site stood on a day, at its last review."""

    on = models.DateField(_("day"), unique=True)
    score = models.PositiveSmallIntegerField(_("score"))
    critical = models.PositiveIntegerField(_("to be mended today"))
    serious = models.PositiveIntegerField(_("to be mended soon"))
    notices = models.PositiveIntegerField(_("to be known"))

    class Meta:
        verbose_name = _("day of the posture")
        verbose_name_plural = _("days of the posture")
        ordering = ("-on",)
        constraints = [
            models.CheckConstraint(condition=models.Q(score__lte=100), name="posture_score_of_a_hundred"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.score}"


class Reading(models.Model):
    """What the last review of a zone found, in every language of the site, so that its page need not run the checks."""

    zone = models.CharField(_("zone"), max_length=20, unique=True)
    at = models.DateTimeField(pgettext_lazy("posture", "read at"))
    content = models.JSONField(_("content"))

    class Meta:
        verbose_name = _("kept reading")
        verbose_name_plural = _("kept readings")
        ordering = ("zone",)

    def __str__(self) -> str:
        return f"{self.zone} {self.at}"

"""What callers may use and have used."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Quota(models.Model):
    """How many calls a caller may make a day, and the row that is locked while one of its calls is counted."""

    caller = models.CharField(_("caller"), max_length=120, unique=True)
    caller_name = models.CharField(_("name"), max_length=200, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    calls_a_day = models.PositiveIntegerField(_("calls a day"), null=True, blank=True)

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")

    def __str__(self) -> str:
        return f"{self.caller} {self.calls_a_day}"


class Usage(models.Model):
    """How often a caller used an operation on one day, and how many bytes it brought."""

    quota = models.ForeignKey(Quota, models.CASCADE, related_name="usages", verbose_name=_("quota"))
    day = models.DateField(_("day"))
    operation = models.CharField(_("operation"), max_length=20)
    calls = models.PositiveIntegerField(_("calls"), default=0)
    octets = models.PositiveBigIntegerField(_("bytes"), default=0)

    class Meta:
        verbose_name = _("use")
        verbose_name_plural = _("uses")
        constraints = [
            models.UniqueConstraint(fields=["quota", "day", "operation"], name="crypto_one_count_a_day"),
            models.CheckConstraint(condition=Q(calls__gte=1), name="crypto_counted_calls"),
        ]
        indexes = [models.Index(fields=["day"], name="crypto_usage_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.operation} {self.calls}"


class EncryptionKey(models.Model):
    """A key with which an organisation opens what was encrypted to it. `sealed` is PKCS#8 under the site's secret.

    Old keys stay: what was encrypted to them must open for as long as it is kept.
    """

    code = models.CharField(_("organisation"), max_length=40)
    serial = models.CharField(_("serial number"), max_length=64, unique=True)
    certificate = models.TextField(_("certificate"))
    sealed = models.TextField(_("sealed key"))
    not_after = models.DateTimeField(_("valid until"))
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("encryption key")
        verbose_name_plural = _("encryption keys")
        indexes = [models.Index(fields=["code", "-not_after"], name="crypto_key_of_organisation")]

    def __str__(self) -> str:
        return f"{self.code} {self.serial}"

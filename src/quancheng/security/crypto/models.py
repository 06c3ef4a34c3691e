"""What callers may use and have used."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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


class SealPolicy(models.Model):
    """How an organisation's seal may be used. Without a row one officer is enough."""

    code = models.CharField(_("organisation"), max_length=40, unique=True)
    two_officers = models.BooleanField(_("needs two officers"), default=False)
    changed_by = models.CharField(_("changed by"), max_length=200)
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("rule for a seal")
        verbose_name_plural = _("rules for seals")

    def __str__(self) -> str:
        return f"{self.code} {self.two_officers}"


class SealUse(models.Model):
    """One line of the register of uses of a seal: who asked, who agreed or refused, and the document."""

    class State(models.TextChoices):
        WAITING = "WAITING", pgettext_lazy("seal", "waits for the keeper")
        SEALED = "SEALED", pgettext_lazy("seal", "sealed")
        REFUSED = "REFUSED", pgettext_lazy("seal", "refused")

    code = models.CharField(_("organisation"), max_length=40)
    organisation = models.CharField(_("place"), max_length=200)
    organisation_name = models.CharField(_("name of the organisation"), max_length=200)
    title = models.CharField(_("document"), max_length=200)
    reason = models.CharField(_("what the seal is for"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    document = models.BinaryField(_("document"))
    digest = models.CharField(_("digest"), max_length=64)
    sealed = models.BinaryField(_("sealed document"), null=True)
    serial = models.CharField(_("serial number"), max_length=64, blank=True)
    applicant = models.CharField(_("applicant"), max_length=120)
    applicant_for = models.CharField(_("applicant on behalf of"), max_length=120, blank=True)
    applicant_name = models.CharField(_("applicant's name"), max_length=200)
    applied_at = models.DateTimeField(_("applied"))
    keeper = models.CharField(_("keeper"), max_length=120, blank=True)
    keeper_name = models.CharField(_("keeper's name"), max_length=200, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    refusal = models.CharField(_("reason of the refusal"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("use of a seal")
        verbose_name_plural = _("uses of seals")
        constraints = [
            models.UniqueConstraint(
                fields=["code", "digest"], condition=Q(state="WAITING"), name="crypto_one_wait_a_document"
            ),
            models.CheckConstraint(
                condition=Q(state="WAITING", decided_at=None) | ~Q(state="WAITING") & Q(decided_at__isnull=False),
                name="crypto_decided_iff_not_waiting",
            ),
            models.CheckConstraint(
                condition=Q(state="SEALED", sealed__isnull=False) | ~Q(state="SEALED") & Q(sealed=None),
                name="crypto_sealed_iff_sealed",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-id"], name="crypto_uses_of_organisation")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class PersonSignature(models.Model):
    """What a person signed with their own certificate: only the document's digest came here, never document or key."""

    signer = models.CharField(_("signer"), max_length=120)
    signer_name = models.CharField(_("signer's name"), max_length=200)
    title = models.CharField(_("document"), max_length=200)
    digest = models.CharField(_("digest"), max_length=64)
    serial = models.CharField(_("serial number"), max_length=64)
    message = models.BinaryField(_("signature"))
    token = models.BinaryField(_("timestamp"))
    signed_at = models.DateTimeField(_("signed"))

    class Meta:
        verbose_name = _("signature of a person")
        verbose_name_plural = _("signatures of persons")
        constraints = [models.UniqueConstraint(fields=["signer", "digest"], name="crypto_one_signature_a_document")]
        indexes = [models.Index(fields=["signer", "-id"], name="crypto_signatures_of_person")]

    def __str__(self) -> str:
        return f"{self.signer} {self.title}"

"""With what else than a password somebody proves who they are."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity.models.people import Account


class CertificateBinding(models.Model):
    """That a certificate, known by the SHA-256 fingerprint of its DER, opens an account until the binding ends."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="certificate_bindings")
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    serial = models.CharField(_("serial number"), max_length=48)
    name = models.CharField(_("name in the certificate"), max_length=120)
    bound_at = models.DateTimeField(_("bound at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("certificate of an account")
        verbose_name_plural = _("certificates of accounts")
        ordering = ("-bound_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["fingerprint"], condition=Q(ended_at=None), name="identity_one_account_a_certificate"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.serial}"


class RealNameCheck(models.Model):
    """That somebody asked whether name and identity number belong together, and what the population register said."""

    class State(models.TextChoices):
        ASKED = "ASKED", _("asked")
        MATCHED = "MATCHED", _("name and number belong together")
        DIFFERS = "DIFFERS", _("name and number do not belong together")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="real_name_checks")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField(_("asked at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("real-name check")
        verbose_name_plural = _("real-name checks")
        ordering = ("-asked_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state="ASKED", answered_at=None) | ~Q(state="ASKED") & Q(answered_at__isnull=False),
                name="identity_answered_or_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.get_state_display()}"

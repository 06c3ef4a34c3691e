"""Who holds which post, who acts in it for a time, and where somebody is signed in."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity import rules
from quancheng.security.identity.models.people import Account
from quancheng.security.identity.models.places import Post


class Appointment(models.Model):
    """That an account holds a post, from the first day to the last, both included."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments")
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ("account", "valid_from", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account", "post"], condition=Q(valid_until=None), name="identity_one_open_appointment"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="identity_appointment_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.post}"


class Delegation(models.Model):
    """That the holder of a post lets a colleague act in it for a time, both days included."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    giver = models.ForeignKey(Account, models.PROTECT, related_name="delegations_given")
    deputy = models.ForeignKey(Account, models.PROTECT, related_name="delegations_held")
    post = models.ForeignKey(Post, models.PROTECT, related_name="delegations")
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    reason = models.CharField(_("reason"), max_length=200)
    ended_at = models.DateTimeField(_("ended early at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ("-valid_from", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(giver=F("deputy")), name="identity_delegation_to_another"),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="identity_delegation_period"),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.deputy} · {self.post}"


class Session(models.Model):
    """A browser in which somebody is signed in. `key` is the key of Django's session, which it ends with."""

    class Assurance(models.IntegerChoices):
        """How surely somebody showed who they are (`rules.assurance`)."""

        NONE = 0, _("nothing shown")
        PASSWORD = rules.PASSWORD_LEVEL, _("password")
        TWO_FACTORS = rules.TWO_FACTOR_LEVEL, _("two factors")
        KEY = rules.KEY_LEVEL, _("passkey or certificate")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="sessions")
    assurance = models.PositiveSmallIntegerField(_("signed in with"), choices=Assurance, default=Assurance.NONE)
    key = models.CharField(_("key"), max_length=40, unique=True)
    address = models.CharField(_("address"), max_length=45)
    user_agent = models.CharField(_("device"), max_length=300, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    seen_at = models.DateTimeField(_("last seen at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ("-seen_at",)

    def __str__(self) -> str:
        return f"{self.account} · {self.address}"

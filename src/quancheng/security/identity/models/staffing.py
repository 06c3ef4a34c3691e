"""Coming and leaving: invitations to a new account, and departures."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity.models.people import Account


class Invitation(models.Model):
    """That somebody may choose the first password of a new account, once, with a secret of which only a hash is kept.

    `by_mail`: the secret is part of a link that was sent; otherwise it is a code that is handed over and typed in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="invitations")
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    by_mail = models.BooleanField(_("by e-mail"))
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("wrong codes"), default=0)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return f"{self.account} · {self.expires_at:%Y-%m-%d}"


class Departure(models.Model):
    """That somebody leaves the service after `last_day`. `before` holds the ends that were set before, for taking back.

    Appointments and delegations are cut at once; the rest is ended on the day after, in one transaction.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="departures")
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=200)
    before = models.JSONField(_("before"), default=dict)
    decided_by = models.CharField(_("decided by"), max_length=60)
    decided_by_name = models.CharField(_("name of who decided"), max_length=60, blank=True)
    decided_at = models.DateTimeField(_("decided at"))
    applied_at = models.DateTimeField(_("carried out at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("departure")
        verbose_name_plural = _("departures")
        ordering = ("-decided_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(applied_at=None, withdrawn_at=None), name="identity_one_open_departure"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.last_day}"

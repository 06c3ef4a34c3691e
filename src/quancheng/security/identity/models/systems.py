"""Departments' systems into which people signed in from here, and what they are told when somebody signs out."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity.models.people import Account
from quancheng.security.identity.models.service import Session


class SystemSignIn(models.Model):
    """That somebody signed in to a system from one of their sessions here. `client` is the system's id.

    `issuer` is this site's address as the system knows it: what is said later must be said under the same name. `told`
    is by what a system of SAML knows the person: `name`, `format`, `index`.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    session = models.ForeignKey(Session, models.SET_NULL, null=True, related_name="+")
    client = models.CharField(_("identifier of the system"), max_length=100)
    issuer = models.CharField(_("issuer"), max_length=200)
    at = models.DateTimeField(_("signed in at"))
    told = models.JSONField(_("told"), default=dict, blank=True)

    class Meta:
        verbose_name = _("sign-in to a system")
        verbose_name_plural = _("sign-ins to systems")
        ordering = ("-at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["session", "client"], name="identity_one_sign_in_a_system"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.client}"


class LogoutNotice(models.Model):
    """That a system has to hear that somebody signed out; tried until it is heard or given up.

    `by_browser`: only the person's browser can carry it there, and it is given up at `due_at` if it has not.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    client = models.CharField(_("identifier of the system"), max_length=100)
    issuer = models.CharField(_("issuer"), max_length=200)
    told = models.JSONField(_("told"), default=dict, blank=True)
    by_browser = models.BooleanField(_("through the browser"), default=False)
    made_at = models.DateTimeField(_("made at"))
    due_at = models.DateTimeField(_("due at"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    answer = models.CharField(_("answer"), max_length=200, blank=True)
    done_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice of signing out")
        verbose_name_plural = _("notices of signing out")
        ordering = ("made_at",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="identity_notices_due", condition=Q(done_at=None, given_up_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.client}"


class AnsweredRequest(models.Model):
    """That a system's request was answered: none is answered twice. `digest` is of the system and the request's ID."""

    digest = models.CharField(_("digest"), max_length=64, primary_key=True)
    at = models.DateTimeField(_("answered at"))

    class Meta:
        verbose_name = _("answered request")
        verbose_name_plural = _("answered requests")
        ordering = ("at",)
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["at"], name="identity_answered_at")]

    def __str__(self) -> str:
        return self.digest

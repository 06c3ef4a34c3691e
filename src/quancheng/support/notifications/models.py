"""Messages to accounts, and the letters that carry them outside."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.support.notifications import rules


class Message(models.Model):
    """Something an account is told. It stands in the inbox from the moment it is created."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=60)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    url = models.CharField(pgettext_lazy("notifications", "address"), max_length=500, blank=True)
    key = models.CharField(_("key"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("created at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("-created_at", "id")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "-created_at"], name="notifications_inbox"),
            models.Index(fields=["account"], condition=Q(read_at=None), name="notifications_unread"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "key"], condition=~Q(key=""), name="notifications_told_once"),
        ]

    def __str__(self) -> str:
        return self.subject


class Letter(models.Model):
    """The e-mail that carries a message, and how far it has come."""

    class State(models.TextChoices):
        CREATED = rules.CREATED, _("Waiting")
        SENDING = rules.SENDING, _("Being sent")
        DELIVERED = rules.DELIVERED, _("Delivered")
        TEMPORARY_FAILURE = rules.TEMPORARY_FAILURE, _("Will be tried again")
        PERMANENT_FAILURE = rules.PERMANENT_FAILURE, _("Could not be delivered")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.OneToOneField(Message, models.CASCADE, related_name="letter")
    to = models.EmailField(_("to"))
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.CREATED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    why = models.CharField(_("why it failed"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ("due_at", "id")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=[rules.CREATED, rules.TEMPORARY_FAILURE, rules.SENDING]),
                name="notifications_letters_due",
            ),
        ]  # fmt: skip
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state=rules.DELIVERED, delivered_at__isnull=False)
                | ~Q(state=rules.DELIVERED) & Q(delivered_at=None),
                name="notifications_delivered_at_iff_delivered",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[rules.CREATED, rules.TEMPORARY_FAILURE], due_at__isnull=False)
                | ~Q(state__in=[rules.CREATED, rules.TEMPORARY_FAILURE]),
                name="notifications_waiting_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.state}"

"""Attribute certificates that this site issued."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class AttributeCertificate(models.Model):
    """That somebody holds the roles of a post for some hours (RFC 5755)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    serial = models.CharField(_("serial number"), max_length=40, unique=True)
    actor_id = models.CharField(_("holder"), max_length=80)
    holder_name = models.CharField(_("holder's name"), max_length=60)
    appointment = models.UUIDField(_("appointment"))
    post = models.CharField(_("post"), max_length=60)
    # In whose name, for a post that was delegated; `appointment` is the delegation then.
    giver_name = models.CharField(_("whose post it is"), max_length=60, blank=True)
    organisation = models.CharField(_("organisation"), max_length=400)
    roles = models.JSONField(_("roles"), default=list)
    not_before = models.DateTimeField(_("valid from"))
    not_after = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    der = models.BinaryField(_("certificate"))

    class Meta:
        verbose_name, verbose_name_plural = _("attribute certificate"), _("attribute certificates")
        ordering = ("-not_before", "id")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["actor_id", "-not_before"], name="attributes_of_holder"),
            models.Index(fields=["not_after"], name="attributes_ending"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(not_after__gt=F("not_before")), name="attributes_period"),
        ]

    def __str__(self) -> str:
        return f"{self.holder_name} · {self.post}"

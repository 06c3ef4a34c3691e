"""The abstract tables of provenance; each register on deliveries has its own of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeliveryBase(models.Model):
    """A file that an authority delivered, and what became of its rows."""

    source = models.CharField(_("source"), max_length=64)
    source_name = models.CharField(_("name of the source"), max_length=120)
    as_of = models.DateField(_("as of"))
    digest = models.CharField(_("digest of the file"), max_length=64)
    name = models.CharField(_("file"), max_length=255)
    received_at = models.DateTimeField(_("received at"))
    received_by = models.CharField(_("received by"), max_length=120)
    rows = models.PositiveIntegerField(_("rows"))
    created = models.PositiveIntegerField(_("new"))
    changed = models.PositiveIntegerField(_("changed"))
    rejected = models.PositiveIntegerField(_("rejected"))
    report = models.JSONField(_("rejected rows"), default=list)

    class Meta:
        abstract = True
        ordering = ("-received_at", "-id")

    def __str__(self) -> str:
        return f"{self.source_name} {self.as_of}"


class FieldSourceBase(models.Model):
    """Where the value of one field comes from."""

    field = models.CharField(_("field"), max_length=40)
    source = models.CharField(_("source"), max_length=64)
    source_name = models.CharField(_("name of the source"), max_length=120)
    as_of = models.DateField(_("as of"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.field}: {self.source_name}"


class ChangeBase(models.Model):
    """A field that got another value."""

    field = models.CharField(_("field"), max_length=40)
    old = models.TextField(_("before"), blank=True)
    new = models.TextField(_("after"), blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        abstract = True
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.field}: {self.old} → {self.new}"

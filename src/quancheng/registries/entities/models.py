"""The register of firms, with provenance."""

import uuid
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.registries.deliveries import public as deliveries


class Firm(models.Model):
    """A firm with the data that authorities delivered."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        REVOKED = "revoked", _("Licence revoked")
        CLOSED = "closed", _("Deregistered")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    credit_code = models.CharField(
        _("credit code"), max_length=18, unique=True, validators=[RegexValidator(r"^[0-9A-HJ-NPQRTUWXY]{18}$")]
    )
    name = models.CharField(pgettext_lazy("firm", "name"), max_length=200)
    representative = models.CharField(_("legal representative"), max_length=60, blank=True)
    address = models.CharField(pgettext_lazy("firm", "address"), max_length=200, blank=True)
    status = models.CharField(pgettext_lazy("firm", "status"), max_length=8, choices=Status, default=Status.ACTIVE)
    registered_on = models.DateField(_("registered on"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"))

    class Meta:
        verbose_name = _("firm")
        verbose_name_plural = _("firms")
        ordering = ("name", "credit_code")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["name"], name="entities_name")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(name=""), name="entities_every_firm_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(deliveries.DeliveryBase):
    """A file about firms."""

    class Meta(deliveries.DeliveryBase.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "as_of", "digest"], name="entities_a_file_once"),
            models.CheckConstraint(
                condition=Q(rows__gte=F("created") + F("changed") + F("rejected")), name="entities_rows_add_up"
            ),
        ]


class FieldSource(deliveries.FieldSourceBase):
    """Where a field of a firm comes from."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="sources")
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="+")

    class Meta(deliveries.FieldSourceBase.Meta):
        verbose_name = _("source of a field")
        verbose_name_plural = _("sources of fields")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["firm", "field"], name="entities_one_source_a_field"),
        ]


class Change(deliveries.ChangeBase):
    """A change of a firm's data."""

    firm = models.ForeignKey(Firm, models.CASCADE, related_name="changes")
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="+")

    class Meta(deliveries.ChangeBase.Meta):
        verbose_name = _("change")
        verbose_name_plural = _("changes")

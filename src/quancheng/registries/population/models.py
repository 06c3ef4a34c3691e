"""The register of people, with provenance."""

import uuid
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.registries.deliveries import public as deliveries


class Person(models.Model):
    """A person with the data that authorities delivered. Sex and birth date agree with the identity number."""

    class Sex(models.TextChoices):
        MALE = "male", _("Male")
        FEMALE = "female", _("Female")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    identity_number = models.CharField(
        pgettext_lazy("person", "identity number"),
        max_length=18,
        unique=True,
        validators=[RegexValidator(r"^\d{17}[\dX]$")],
    )
    name = models.CharField(pgettext_lazy("person", "name"), max_length=60)
    sex = models.CharField(_("sex"), max_length=6, choices=Sex)
    born_on = models.DateField(_("date of birth"))
    address = models.CharField(pgettext_lazy("person", "address"), max_length=200, blank=True)
    division = models.CharField(_("division code"), max_length=12, blank=True)
    updated_at = models.DateTimeField(_("updated at"))

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("name", "identity_number")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["name"], name="population_name")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(name=""), name="population_everybody_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(deliveries.DeliveryBase):
    """A file about people."""

    class Meta(deliveries.DeliveryBase.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "as_of", "digest"], name="population_a_file_once"),
            models.CheckConstraint(
                condition=Q(rows__gte=F("created") + F("changed") + F("rejected")), name="population_rows_add_up"
            ),
        ]


class FieldSource(deliveries.FieldSourceBase):
    """Where a field of a person comes from."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="sources")
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="+")

    class Meta(deliveries.FieldSourceBase.Meta):
        verbose_name = _("source of a field")
        verbose_name_plural = _("sources of fields")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "field"], name="population_one_source_a_field"),
        ]


class Change(deliveries.ChangeBase):
    """A change of a person's data."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="changes")
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="+")

    class Meta(deliveries.ChangeBase.Meta):
        verbose_name = _("change")
        verbose_name_plural = _("changes")

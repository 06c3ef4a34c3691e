"""The table of divisions."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

models.CharField.register_lookup(Length)


class Division(models.Model):
    """A city, a county-level unit, a street or township, or a community or village."""

    class Level(models.TextChoices):
        CITY = "city", _("City")
        DISTRICT = "district", _("District or county")
        STREET = "street", _("Street or township")
        COMMUNITY = "community", _("Community or village")

    code = models.CharField(_("code"), max_length=12, primary_key=True)
    name = models.CharField(_("name"), max_length=100)
    level = models.CharField(_("level"), max_length=9, choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        verbose_name = _("division")
        verbose_name_plural = _("divisions")
        ordering = ("code",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(level="city", code__length=4)
                | models.Q(level="district", code__length=6)
                | models.Q(level="street", code__length=9)
                | models.Q(level="community", code__length=12),
                name="geography_level_fits_code",
            ),
            models.CheckConstraint(
                condition=models.Q(level="city", parent=None)
                | ~models.Q(level="city") & models.Q(parent__isnull=False),
                name="geography_only_the_city_is_on_top",
            ),
        ]

    def __str__(self) -> str:
        return self.name

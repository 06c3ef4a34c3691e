"""The catalogue as it was declared, version by version. Written at migrate time from the apps' `resources.toml`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Resource(models.Model):
    """A data resource of the city: whose it is, who may have it, and by which law."""

    class Share(models.TextChoices):
        UNCONDITIONAL = "unconditional", _("shared without conditions")
        CONDITIONAL = "conditional", _("shared under conditions")
        NONE = "none", _("not shared")

    code = models.CharField(_("code"), max_length=100, unique=True)
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    app = models.CharField(_("system"), max_length=50)
    provider = models.CharField(_("provider"), max_length=64)
    share = models.CharField(_("share class"), max_length=16, choices=Share.choices)
    basis = models.CharField(_("legal basis"), max_length=500, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    digest = models.CharField(_("fingerprint"), max_length=64)
    updated_at = models.DateTimeField(_("changed at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("resource"), _("resources")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.title


class Item(models.Model):
    """One datum of a resource."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="items", verbose_name=_("resource"))
    name = models.CharField(_("name"), max_length=100)
    title = models.CharField(_("title"), max_length=200)
    type = models.CharField(_("type"), max_length=40)
    share = models.CharField(_("share class"), max_length=16, choices=Resource.Share.choices)
    position = models.PositiveIntegerField(_("position"))

    class Meta:
        verbose_name, verbose_name_plural = _("item"), _("items")
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["resource", "name"], name="catalogue_one_item_a_name")]

    def __str__(self) -> str:
        return self.title


class Version(models.Model):
    """What a resource said at one time; never changed."""

    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, related_name="versions", verbose_name=_("resource")
    )
    number = models.PositiveIntegerField(_("version"))
    document = models.JSONField(_("declaration"))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name, verbose_name_plural = _("version"), _("versions")
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["resource", "number"], name="catalogue_one_version_a_number")]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.number}"

"""Versions of the decision models that apps bring along."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Definition(models.Model):
    """A version of a decision model. `imported` holds the models it imports, XML by namespace."""

    key = models.CharField(_("key"), max_length=100)
    version = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=200)
    app_label = models.CharField(_("app"), max_length=50)
    xml = models.TextField(_("model"))
    imported = models.JSONField(_("imported models"), default=dict)
    digest = models.CharField(_("digest"), max_length=64)
    deployed_at = models.DateTimeField(_("deployed at"))

    class Meta:
        verbose_name, verbose_name_plural = _("decision model"), _("decision models")
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="dmn_one_definition_a_version")]
        indexes = [models.Index(fields=["digest"], name="dmn_definition_by_digest")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

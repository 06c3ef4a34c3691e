"""Roles: named sets of privileges that hang on posts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.Model):
    """A named set of privileges. Posts carry roles, people hold posts; nobody is given a privilege directly."""

    code = models.SlugField(_("code"), max_length=64, unique=True)
    title = models.CharField(_("title"), max_length=100)
    privileges = models.JSONField(_("privileges"), default=list)

    class Meta:
        verbose_name, verbose_name_plural = _("role"), _("roles")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.title

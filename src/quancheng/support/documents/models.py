"""What is known of each kept file; its bytes lie in the store under their digest."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """A file's bytes are kept once, however often they come in; the first name wins."""

    digest = models.CharField(_("SHA-256"), max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    name = models.CharField(_("name"), max_length=255)
    media_type = models.CharField(_("media type"), max_length=100)
    kept_at = models.DateTimeField(_("kept at"), auto_now_add=True)
    kept_by = models.CharField(_("kept by"), max_length=64, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("file"), _("files")

    def __str__(self) -> str:
        return self.name

"""Views of tables that people keep for themselves."""

from typing import ClassVar

from django.db import models
from django.utils.translation import pgettext_lazy


class SavedView(models.Model):
    """A named way of looking at a table: what is searched, chosen, sorted and shown, as its query string."""

    owner = models.CharField(pgettext_lazy("table", "owner"), max_length=60)
    table = models.CharField(pgettext_lazy("table", "table"), max_length=60)
    name = models.CharField(pgettext_lazy("table", "name of the view"), max_length=40)
    query = models.CharField(pgettext_lazy("table", "query"), max_length=1000)
    changed_at = models.DateTimeField(pgettext_lazy("table", "changed at"))

    class Meta:
        verbose_name = pgettext_lazy("table", "saved view")
        verbose_name_plural = pgettext_lazy("table", "saved views")
        ordering = ("name",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "table", "name"], name="look_one_view_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

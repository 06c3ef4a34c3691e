"""Tables, choices, constraints."""

import uuid

from django.db import models
from django.utils.translation import pgettext_lazy


class Record(models.Model):
    """What a department keeps here. `organisation` is the path of that department, `owner` who entered it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(pgettext_lazy("sample", "title"), max_length=100)
    text = models.TextField(pgettext_lazy("sample", "text"), max_length=2000)
    organisation = models.CharField(pgettext_lazy("sample", "department"), max_length=200)
    owner = models.CharField(pgettext_lazy("sample", "entered by"), max_length=100)
    entered_at = models.DateTimeField(pgettext_lazy("sample", "entered at"))
    settled_at = models.DateTimeField(pgettext_lazy("sample", "settled at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("sample", "record")
        verbose_name_plural = pgettext_lazy("sample", "records")
        indexes = [models.Index(fields=["organisation", "-entered_at"], name="sample_of_organisation")]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        """How trail, processes and clocks call it."""
        return f"sample:{self.pk}"

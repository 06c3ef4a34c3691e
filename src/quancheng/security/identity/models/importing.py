"""Spreadsheets that wait to be taken in."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity.models.people import Account


class ImportDraft(models.Model):
    """A file that somebody has sent in and seen the consequences of. `content` is emptied once it has been taken in.

    `report`: a list per table of {row, what, outcome, faults: [{column, reason}]}; `seen` its fingerprint.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField(_("content"))
    report = models.JSONField(_("report"), default=dict)
    seen = models.CharField(_("fingerprint"), max_length=32)
    made_at = models.DateTimeField(_("made at"))
    done_at = models.DateTimeField(_("carried out at"), null=True, blank=True)

    class Meta:
        verbose_name = _("file to take in")
        verbose_name_plural = _("files to take in")
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return self.name

"""The list: docs/guide-look.md says what can be declared here."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import pgettext, pgettext_lazy
from quancheng.business.sample import actions, queries, rules
from quancheng.business.sample.models import Record

from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look


def _settle(actor: pmi.Actor, row: Any) -> str:
    actions.settle(actor=actor, record_id=row.pk, at=timezone.now())
    return pgettext("sample", "Settled")


class Records(look.Table):
    """The records of the reader's departments, newest first."""

    name, title = "sample.records", pgettext_lazy("sample", "Sample")
    columns = (
        look.Column(
            "title",
            pgettext_lazy("sample", "Title"),
            sort="title",
            url=lambda row: reverse("sample:record", args=[row.pk]),
        ),
        look.Column("state", pgettext_lazy("sample", "State"), lambda row: rules.state(row.settled_at), "status"),
        look.Column("entered_at", pgettext_lazy("sample", "Entered"), kind="relative", sort="entered_at"),
    )
    filters = (look.Period("entered", pgettext_lazy("sample", "Entered"), field="entered_at"),)
    batches = (look.Batch("settle", pgettext_lazy("sample", "Settle"), _settle, privilege="sample.record.settle"),)
    order, search = "-entered_at", ("title", "text")

    def rows(self) -> QuerySet[Record]:
        return queries.visible(self.actor)

    def subject(self, line: Any) -> str:
        return line.subject

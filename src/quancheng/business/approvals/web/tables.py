"""The list of applications."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.business.approvals import queries
from quancheng.business.approvals.models import Application, ServiceItem
from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look


def _services(_actor: pmi.Actor) -> Iterable[tuple[str, str]]:
    return ServiceItem.objects.order_by("title").values_list("code", "title")


class Applications(look.Table):
    """The applications of the reader's departments, newest first."""

    name = "approvals.applications"
    title = pgettext_lazy("approvals", "Applications")
    columns = (
        look.Column(
            "number",
            pgettext_lazy("approvals", "Number"),
            sort="number",
            url=lambda row: reverse("approvals:case", args=[row.id]),
        ),
        look.Column(
            "applicant", pgettext_lazy("approvals", "Applicant"), "applicant_name", sort="applicant_name", personal=True
        ),
        look.Column("service", pgettext_lazy("approvals", "Service item"), sort="version__item__title"),
        look.Column("department", pgettext_lazy("approvals", "Leading department")),
        look.Column(
            "state",
            pgettext_lazy("approvals", "State"),
            lambda row: row.outcome or row.state,
            "status",
            sort="state",
            label=lambda row: row.outcome_label or row.state_label,
        ),
        look.Column(
            "due",
            pgettext_lazy("approvals", "Due"),
            lambda row: row.clock.due_on if row.clock else None,
            "day",
            html=lambda row: look.due(row.clock),
        ),
        look.Column("received_at", pgettext_lazy("approvals", "Received"), kind="relative", sort="received_at"),
    )
    filters = (
        look.Choice("state", pgettext_lazy("approvals", "States"), Application.State.choices, tabs=True),
        look.Choice("service", pgettext_lazy("approvals", "Service item"), _services, field="version__item__code"),
        look.Period("received", pgettext_lazy("approvals", "Received"), field="received_at"),
    )
    order = "-received_at"
    search = ("number", "applicant_name")
    search_title = _("Number or applicant")
    empty_title = _("No applications here")
    empty_hint = _("Applications that citizens lodge in the service hall appear here within seconds.")

    def rows(self) -> QuerySet[Application]:
        return queries.visible(self.actor).select_related("version__item")

    def lines(self, rows: list[Any]) -> list[queries.ApplicationRow]:
        return queries.lines(rows)

    def subject(self, line: queries.ApplicationRow) -> str:
        return f"application:{line.id}"

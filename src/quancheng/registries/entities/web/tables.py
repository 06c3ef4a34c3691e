"""The list of firms."""

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.registries.entities import queries
from quancheng.registries.entities.models import Firm
from quancheng.support.look import public as look


class Firms(look.Table):
    """The firms of the register."""

    name = "entities.firms"
    title = _("Firms")
    columns = (
        look.Column(
            "name", pgettext_lazy("firm", "Name"), sort="name", url=lambda row: reverse("entities:firm", args=[row.pk])
        ),
        look.Column("credit_code", _("Credit code"), sort="credit_code"),
        look.Column("representative", _("Legal representative"), sort="representative", personal=True),
        look.Column("status", pgettext_lazy("firm", "Status"), "get_status_display", sort="status"),
        look.Column("address", pgettext_lazy("firm", "Address")),
        look.Column("registered_on", _("Registered on"), kind="day", sort="registered_on", shown=False),
    )
    filters = (look.Choice("status", pgettext_lazy("firm", "Status"), Firm.Status.choices),)
    order = "name"
    search_title = _("Name or credit code")
    empty_title = _("No firm was found")
    empty_hint = _("Firms come with the deliveries of the authority that keeps them.")

    def rows(self) -> QuerySet[Firm]:
        return queries.firms(actor=self.actor)

    def find(self, rows: QuerySet[Firm], text: str) -> QuerySet[Firm]:
        return rows.filter(Q(name__icontains=text) | Q(credit_code=text.upper()))

    def subject(self, line: Firm) -> str:
        return f"firm:{line.pk}"

"""The list of deliveries of a register."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quancheng.registries.deliveries import queries
from quancheng.registries.deliveries.engine.register import Register
from quancheng.support.look import public as look


class DeliveriesTable(look.Table):
    """The deliveries of one register, the newest first."""

    name = "deliveries"
    title = _("Deliveries")
    columns = (
        look.Column(
            "source",
            _("Source"),
            "source_name",
            sort="source_name",
            url=lambda row: reverse(f"{row._meta.app_label}:delivery", args=[row.pk]),
        ),
        look.Column("as_of", _("As of"), kind="day", sort="as_of"),
        look.Column("file", _("File"), "name", sort="name"),
        look.Column("received_at", _("Received at"), kind="moment", sort="received_at"),
        look.Column("received_by", _("Received by"), shown=False),
        look.Column("rows", _("Rows"), kind="number", sort="rows"),
        look.Column("created", _("New"), kind="number", sort="created"),
        look.Column("changed", _("Changed"), kind="number", sort="changed"),
        look.Column("rejected", _("Rejected"), kind="number", sort="rejected"),
    )
    filters = (look.Period("received", _("Received at"), field="received_at"),)
    order = "-received_at"
    search = ("source_name", "name")
    search_title = _("Source or file")
    empty_title = _("Nothing has been delivered yet")
    empty_hint = _("Files from authorities appear here with what became of their rows.")
    register: Register

    def of(self, register: Register) -> "DeliveriesTable":
        """Show the deliveries of this register."""
        self.register, self.name = register, f"{register.app}.deliveries"  # type: ignore[misc]
        return self

    def rows(self) -> QuerySet[Any]:
        return queries.deliveries(self.register, actor=self.actor)


class Deliveries(look.TableView):
    """What was delivered to `register`."""

    template_name = "deliveries/deliveries.html"
    register: Register

    def made(self) -> look.Table:
        return DeliveriesTable(self.actor, self.request.GET).of(self.register)

    def context(self, table: look.Table) -> dict[str, Any]:
        return {"import_url": reverse(f"{self.register.app}:import")}

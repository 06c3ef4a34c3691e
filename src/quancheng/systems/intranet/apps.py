"""The door of the workbench: one to-do list over all systems, and a home page for each role."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Intranet(discovery.App):
    verbose_name = _("Workbench")
    zones = frozenset({"intranet"})
    prefix = "workbench"
    menu: ClassVar[tuple[discovery.Entry, ...]] = (
        discovery.Entry(_("Home"), "intranet:home", icon="home"),
        discovery.Entry(_("To do"), "intranet:tasks", icon="inbox"),
    )

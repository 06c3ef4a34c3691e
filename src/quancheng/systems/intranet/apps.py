"""The door of the workbench: one to-do list over all systems, and a home page for each role."""

from typing import Any, ClassVar

from django.utils.translation import pgettext_lazy

from quancheng.kernel import discovery


def _waiting(actor: Any) -> int:
    # Asked for on each page, long after the apps are loaded.
    from quancheng.support.workflow import public as workflow

    return workflow.open_count(actor)


class Intranet(discovery.App):
    verbose_name = pgettext_lazy("workbench", "Workbench")
    zones = frozenset({"intranet"})
    prefix = "workbench"
    menu: ClassVar[tuple[discovery.Entry, ...]] = (
        discovery.Entry(pgettext_lazy("workbench", "Home"), "intranet:home", icon="home"),
        discovery.Entry(pgettext_lazy("workbench", "To do"), "intranet:tasks", icon="inbox", count=_waiting),
    )

"""Administrative approvals: the departments' side of the one-stop service hall."""

from typing import ClassVar

from django.utils.translation import pgettext_lazy

from quancheng.kernel import discovery


class Approvals(discovery.App):
    verbose_name = pgettext_lazy("approvals", "Approvals")
    zones = frozenset({"intranet"})
    menu: ClassVar[tuple[discovery.Entry, ...]] = (
        discovery.Entry(
            pgettext_lazy("approvals", "Applications"),
            "approvals:list",
            icon="stamp",
            action="approvals.application.read",
        ),
        discovery.Entry(
            pgettext_lazy("approvals", "Service items"),
            "approvals:services",
            icon="book",
            action="approvals.service.read",
        ),
    )

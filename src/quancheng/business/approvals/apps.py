"""Administrative approvals: the departments' side of the one-stop service hall."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Approvals(discovery.App):
    verbose_name = _("Approvals")
    zones = frozenset({"intranet"})
    menu: ClassVar[tuple[discovery.Entry, ...]] = (
        discovery.Entry(_("Applications"), "approvals:list", icon="stamp", action="approvals.application.read"),
        discovery.Entry(_("Service items"), "approvals:services", icon="book", action="approvals.service.read"),
    )

"""Decisions: DMN models of the apps, worked out with an explanation of which rules matched."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Dmn(discovery.App):
    verbose_name = _("Decision tables")
    zones = frozenset({"extranet", "intranet"})
    menu = (discovery.Entry(_("Decision tables"), "dmn:models", icon="table", action="dmn.decision.read"),)

"""Workflow: drawings that are executed, and the cases that run on them."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Workflow(discovery.App):
    verbose_name = _("Workflow")
    zones = frozenset({"extranet", "intranet"})
    menu = (
        discovery.Entry(_("Processes"), "workflow:definitions", icon="drawing", action="workflow.definition.read"),
        discovery.Entry(_("Cases"), "workflow:cases", icon="route", action="workflow.case.read"),
    )

"""Designers: drawings, decision tables and forms, made in the workbench, reviewed by somebody else, published."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Designer(discovery.App):
    verbose_name = _("Designers")
    zones = frozenset({"intranet"})
    menu = (discovery.Entry(_("Designers"), "designer:designs", icon="edit", action="designer.design.read"),)

"""Privileges: who may perform which action, on whose things."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Pmi(discovery.App):
    verbose_name = _("Privileges")
    menu = (
        discovery.Entry(_("Roles and members"), "pmi:roles", icon="people", action="pmi.role.read"),
        discovery.Entry(_("Try a change"), "pmi:simulations", icon="search", action="pmi.change.simulate"),
        discovery.Entry(_("Separation of duties"), "pmi:separation", icon="shield", action="pmi.rule.read"),
        discovery.Entry(_("Emergency authorisations"), "pmi:emergencies", icon="warning", action="pmi.emergency.read"),
    )

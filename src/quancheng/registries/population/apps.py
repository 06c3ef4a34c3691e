"""The population register."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Population(discovery.App):
    """Who lives here, and which authority said so."""

    verbose_name = _("Population")
    zones = frozenset({"intranet"})
    menu = (
        discovery.Entry(_("People"), "population:home", icon="people", action="population.person.read"),
        discovery.Entry(_("Deliveries"), "population:deliveries", icon="inbox", action="population.person.import"),
    )

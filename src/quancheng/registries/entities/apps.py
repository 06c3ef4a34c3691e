"""The register of firms and other legal entities."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Entities(discovery.App):
    """Which firms there are, and which authority said so."""

    verbose_name = _("Legal entities")
    zones = frozenset({"intranet"})
    menu = (
        discovery.Entry(_("Firms"), "entities:home", icon="store", action="entities.firm.read"),
        discovery.Entry(_("Deliveries"), "entities:deliveries", icon="inbox", action="entities.firm.import"),
    )

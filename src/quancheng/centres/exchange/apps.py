"""The data exchange centre."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Exchange(discovery.App):
    verbose_name = _("Data exchange")
    zones = frozenset({"extranet", "intranet"})
    menu = (
        discovery.Entry(_("Flows"), "exchange:flows", icon="exchange", action="exchange.message.read"),
        discovery.Entry(_("Stuck messages"), "exchange:stuck", icon="alert", action="exchange.message.read"),
        discovery.Entry(_("Bundles"), "exchange:bundles", icon="package", action="exchange.message.read"),
    )

"""Cryptographic services: signing, sealing, encryption, digests and timestamps for departments' systems and staff."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Crypto(discovery.App):
    verbose_name = _("Cryptographic services")
    zones = frozenset({"extranet", "intranet"})
    menu = (
        discovery.Entry(_("Use of the services"), "crypto:usage", icon="chart", action="crypto.usage.read"),
        discovery.Entry(_("Clock of the timestamp service"), "crypto:clock", icon="clock", action="crypto.clock.read"),
    )

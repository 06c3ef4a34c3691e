"""Cryptographic services: signing, sealing, encryption, digests and timestamps for departments' systems and staff."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


def _seals_waiting(actor: Any) -> int:
    from quancheng.security.crypto.queries import seals

    return seals.waiting(actor)


class Crypto(discovery.App):
    verbose_name = _("Cryptographic services")
    zones = frozenset({"extranet", "intranet"})
    menu = (
        discovery.Entry(
            _("Use of seals"), "crypto:uses", icon="seal", action="crypto.seal-use.read", count=_seals_waiting
        ),
        discovery.Entry(_("Sign with your own certificate"), "crypto:sign", icon="sign", action="signed-in"),
        discovery.Entry(_("Use of the services"), "crypto:usage", icon="chart", action="crypto.usage.read"),
        discovery.Entry(_("Clock of the timestamp service"), "crypto:clock", icon="clock", action="crypto.clock.read"),
    )

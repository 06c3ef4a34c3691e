"""The mechanism of deliveries that the registers share."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Deliveries(discovery.App):
    """How a register takes in files from authorities, and remembers where each value comes from."""

    verbose_name = _("Deliveries")
    zones = frozenset({"intranet"})

"""The border between the two networks."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Gateway(discovery.App):
    verbose_name = _("Zone gateway")
    zones = frozenset({"extranet", "intranet"})

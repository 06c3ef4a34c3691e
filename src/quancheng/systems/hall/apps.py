"""The one-stop service hall."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Hall(discovery.App):
    """The public half of every system that serves citizens."""

    verbose_name = _("Service hall")
    zones = frozenset({"extranet"})

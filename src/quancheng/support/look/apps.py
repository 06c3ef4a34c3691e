"""Look: the design system that every page stands on."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Look(discovery.App):
    verbose_name = _("Design system")
    zones = frozenset({"extranet", "intranet"})
    prefix = "design"

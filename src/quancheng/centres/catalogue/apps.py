"""The resource catalogue."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Catalogue(discovery.App):
    verbose_name = _("Resource catalogue")
    zones = frozenset({"extranet", "intranet"})
    menu = (discovery.Entry(_("Catalogue"), "catalogue:list", icon="book"),)

"""The register of administrative divisions."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Geography(discovery.App):
    """Districts, streets and communities; known in both zones."""

    verbose_name = _("Geography")
    zones = frozenset({"extranet", "intranet"})
    menu = (discovery.Entry(_("Divisions"), "geography:home", icon="map"),)

"""The portal: the city's public site."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Portal(discovery.App):
    verbose_name = _("Portal")
    zones = frozenset({"extranet"})
    menu = (discovery.Entry(_("Edit the site"), "wagtailadmin_home", icon="edit", action="portal.content.edit"),)

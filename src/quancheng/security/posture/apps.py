"""The posture app: what is wanting in the security of this site."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Posture(discovery.App):
    verbose_name = _("Security posture")
    zones = frozenset({"extranet", "intranet"})
    menu = (discovery.Entry(_("Security posture"), "posture:overview", icon="shield", action="posture.finding.read"),)

"""Messages to people: in the app and by e-mail."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Notifications(discovery.App):
    verbose_name = _("Notifications")
    zones = frozenset({"extranet", "intranet"})
    menu = (discovery.Entry(_("My messages"), "notifications:inbox", icon="bell"),)

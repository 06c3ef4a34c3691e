"""Messages to people: in the app, by e-mail, text message, voice call and browser notice."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Notifications(discovery.App):
    verbose_name = _("Notifications")
    zones = frozenset({"extranet", "intranet"})
    menu = (
        discovery.Entry(_("My messages"), "notifications:inbox", icon="bell"),
        discovery.Entry(
            _("Texts of notices"), "notifications:templates", icon="edit", action="notifications.template.read"
        ),
        discovery.Entry(
            _("Delivery ledger"), "notifications:deliveries", icon="mail", action="notifications.delivery.read"
        ),
    )

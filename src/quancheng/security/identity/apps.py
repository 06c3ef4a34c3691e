"""The identity app: who people are, where they serve, how they sign in."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Identity(discovery.App):
    verbose_name = _("Identity")
    zones = frozenset({"extranet", "intranet"})
    menu = (
        discovery.Entry(
            _("Organisations"), "identity:organisations", icon="building", action="identity.organisation.read"
        ),
        discovery.Entry(_("Accounts"), "identity:accounts", icon="users", action="identity.account.read"),
        discovery.Entry(_("Systems that sign in here"), "identity:clients", icon="link", action="identity.client.read"),
    )

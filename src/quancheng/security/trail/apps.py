"""The trail: the append-only, verifiable record of everything that is done."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Trail(discovery.App):
    verbose_name = _("Trail")
    zones = frozenset({"extranet", "intranet"})
    menu = (
        discovery.Entry(_("Trail"), "trail:entries", icon="trail", action="trail.entry.read"),
        discovery.Entry(_("Erasures"), "trail:erasures", icon="trash", action="trail.erasure.read"),
    )

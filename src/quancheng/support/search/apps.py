"""The search app: one index over everything, from which each reader gets what they may see."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Search(discovery.App):
    verbose_name = _("Search")
    zones = frozenset({"extranet", "intranet"})
    menu = (
        discovery.Entry(_("Search everything"), "search:results", icon="search", action="signed-in"),
        discovery.Entry(_("Questions without answer"), "search:missed", icon="help", action="search.missed.read"),
        discovery.Entry(_("Synonyms"), "search:synonyms", icon="list", action="search.synonyms.change"),
    )

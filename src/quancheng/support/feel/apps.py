"""FEEL, the expression language of drawings, forms and decisions."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Feel(discovery.App):
    verbose_name = _("Expressions")
    zones = frozenset({"extranet", "intranet"})

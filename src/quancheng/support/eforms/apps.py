"""Electronic forms: definition, accessible rendering, validation."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Eforms(discovery.App):
    verbose_name = _("Electronic forms")
    zones = frozenset({"extranet", "intranet"})
    prefix = "design/forms"

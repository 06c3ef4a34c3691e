"""Demo: walks the apps and lets each build its part of a small city."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Demo(discovery.App):
    verbose_name = _("Sample city")

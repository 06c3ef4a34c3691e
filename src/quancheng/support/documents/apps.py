"""Documents: content-addressed files of every system, checked when they come in."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Documents(discovery.App):
    verbose_name = _("Documents")

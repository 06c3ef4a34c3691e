"""Privileges: who may perform which action, on whose things."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Pmi(discovery.App):
    verbose_name = _("Privileges")

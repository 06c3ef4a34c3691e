"""Attribute certificates: short-lived proofs of roles that other systems check without asking."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Attributes(discovery.App):
    verbose_name = _("Attribute certificates")
    zones = frozenset({"intranet"})
    menu = (
        discovery.Entry(
            _("My attribute certificates"), "attributes:mine", icon="certificate", action="attributes.certificate.issue"
        ),
    )

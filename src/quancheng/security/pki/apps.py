"""Certificates, seals, timestamps: who a signature is by, and since when it exists."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Pki(discovery.App):
    verbose_name = _("Certificates and seals")
    zones = frozenset({"extranet", "intranet"})
    menu = (
        discovery.Entry(_("Certificates"), "pki:certificates", icon="certificate", action="pki.certificate.read"),
        discovery.Entry(_("Certificate requests"), "pki:enrolments", icon="sign", action="pki.enrolment.read"),
        discovery.Entry(_("Key recovery"), "pki:recoveries", icon="lock", action="pki.recovery.read"),
        discovery.Entry(_("Automatic enrolment"), "pki:acme-keys", icon="settings", action="pki.acme-key.read"),
    )

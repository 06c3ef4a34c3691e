"""Documents: content-addressed files of every system, checked when they come in, and documents with versions."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class Documents(discovery.App):
    verbose_name = _("Documents")
    menu = (discovery.Entry(_("Documents"), "documents:list", icon="documents", action="documents.document.read"),)

"""Documents: content-addressed files of every system, checked when they come in, and documents with versions."""

from django.utils.translation import pgettext_lazy

from quancheng.kernel import discovery


class Documents(discovery.App):
    verbose_name = pgettext_lazy("documents", "Documents")
    menu = (
        discovery.Entry(
            pgettext_lazy("documents", "Documents"),
            "documents:list",
            icon="documents",
            action="documents.document.read",
        ),
    )

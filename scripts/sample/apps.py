"""Sample: say here in one line what it is for."""

from django.utils.translation import pgettext_lazy

from quancheng.kernel import discovery


class Sample(discovery.App):
    verbose_name = pgettext_lazy("sample", "Sample")
    zones = frozenset({"intranet"})
    menu = (
        discovery.Entry(
            pgettext_lazy("sample", "Sample"),
            "sample:list",
            icon="document",
            action="sample.record.read",
        ),
    )

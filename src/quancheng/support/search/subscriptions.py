"""What search hears: every action that is done. And the things of apps that stand below it, made searchable here."""

from collections.abc import Collection, Iterator

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events, zone
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.search import public as search
from quancheng.support.search.engine import sources

pmi.follow_with(sources.follow)


@events.hears("identity.organisations-changed")
def organisations_changed(_message: events.Message) -> None:
    """Places have moved or have other names: everything is compared, for who may see it may have changed."""
    for kind in sources.sources():
        search.touch(kind)


if zone.serves({zone.INTRANET}):

    @search.indexes(
        "identity.organisation", title=_("Organisations"), icon="building", weight=0.9, subjects=("organisation",)
    )
    def organisations(keys: Collection[str] | None) -> Iterator[search.Entry]:
        """Yield the organisations of today, for who may read them."""
        for place in identity.organisations():
            if keys is None or place.code in keys:
                yield search.Entry(
                    key=place.code,
                    title=place.name,
                    text=place.code,
                    url=reverse("identity:organisation", args=[place.code]),
                    readers=(search.Readers("identity.organisation.read", place.path),),
                    department=place.code,
                )

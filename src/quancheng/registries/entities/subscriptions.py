"""What the register of firms answers when the catalogue asks."""

from collections.abc import Collection, Iterator

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quancheng.centres.catalogue import public as catalogue
from quancheng.registries.entities import queries
from quancheng.support.search import public as search


def _provenance(subject: str) -> dict[str, dict[str, str]]:
    return queries.provenance(credit_code=subject)


@catalogue.provides("entities.entity", provenance=_provenance)
def entity(subject: str) -> dict[str, str] | None:
    """Return what is known of the firm with this credit code."""
    return queries.facts(credit_code=subject)


@search.indexes(
    "entities.firm", title=_("Firms"), icon="store", states=queries.STATES, actions=("entities.firm.import",)
)
def searchable(keys: Collection[str] | None) -> Iterator[search.Entry]:
    """Yield the firms, for who may read the register; people's names are no part of it."""
    for row in queries.searchable(keys):
        yield search.Entry(
            key=str(row.pk),
            title=row.name,
            text=f"{row.credit_code} {row.address}",
            url=reverse("entities:firm", args=[row.pk]),
            readers=(search.Readers("entities.firm.read"),),
            state=row.status,
            day=row.registered_on,
        )

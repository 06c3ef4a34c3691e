"""What the register of firms answers when the catalogue asks."""

from quancheng.centres.catalogue import public as catalogue
from quancheng.registries.entities import queries


def _provenance(subject: str) -> dict[str, dict[str, str]]:
    return queries.provenance(credit_code=subject)


@catalogue.provides("entities.entity", provenance=_provenance)
def entity(subject: str) -> dict[str, str] | None:
    """Return what is known of the firm with this credit code."""
    return queries.facts(credit_code=subject)

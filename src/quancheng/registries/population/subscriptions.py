"""What the population register answers when the catalogue asks."""

from quancheng.centres.catalogue import public as catalogue
from quancheng.registries.population import queries


def _provenance(subject: str) -> dict[str, dict[str, str]]:
    return queries.provenance(identity_number=subject)


@catalogue.provides("population.person", provenance=_provenance)
def person(subject: str) -> dict[str, str] | None:
    """Return what is known of the person with this identity number."""
    return queries.facts(identity_number=subject)

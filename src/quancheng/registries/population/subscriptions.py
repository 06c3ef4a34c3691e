"""What the population register answers when the catalogue asks, and when a citizen's real name is checked."""

from quancheng.centres.catalogue import public as catalogue
from quancheng.kernel import events
from quancheng.registries.population import actions, queries
from quancheng.security.pmi import public as pmi

pmi.find_people_with(queries.references)


def _provenance(subject: str) -> dict[str, dict[str, str]]:
    return queries.provenance(identity_number=subject)


@catalogue.provides("population.person", provenance=_provenance)
def person(subject: str) -> dict[str, str] | None:
    """Return what is known of the person with this identity number."""
    return queries.facts(identity_number=subject)


@events.hears("identity.real-name-asked")
def check_real_name(message: events.Message) -> None:
    """Answer whether name and number belong together."""
    actions.check_real_name(
        check_id=str(message.data["check_id"]),
        name=str(message.data["name"]),
        identity_number=str(message.data["identity_number"]),
        at=message.time,
    )

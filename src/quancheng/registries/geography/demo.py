"""The divisions of the sample city: the real ones of Jinan."""

from quancheng.registries.geography import actions, adapters
from quancheng.registries.geography.config import config
from quancheng.security.pmi import public as pmi


def build() -> None:
    """Take in the city's divisions; without the list of communities, only districts and streets."""
    if not adapters.is_there():
        return
    entries = adapters.entries(config.city, with_communities=adapters.has_communities())
    actions.import_divisions(actor=pmi.service_actor("geography"), entries=entries)

"""The choices of divisions that forms offer."""

from quancheng.registries.geography import queries
from quancheng.registries.geography.config import config
from quancheng.support.eforms import public as eforms


@eforms.provides_choices("geography.provinces")
def provinces(_parent: str) -> tuple[tuple[str, str], ...]:
    """Return all provinces; below those that are not ours addresses are written down."""
    return tuple(eforms.PROVINCE_NAMES.items())


@eforms.provides_choices("geography.cities")
def cities(parent: str) -> tuple[tuple[str, str], ...]:
    """Return the cities of a province that the register holds."""
    return queries.options(level="city", under=parent)


@eforms.provides_choices("geography.districts")
def districts(parent: str) -> tuple[tuple[str, str], ...]:
    """Return the districts and county-level units of a city, of our own without one."""
    return queries.options(level="district", under=parent or config.city)


@eforms.provides_choices("geography.streets")
def streets(parent: str) -> tuple[tuple[str, str], ...]:
    """Return the streets and townships of a district, of the whole city without one."""
    return queries.options(level="street", under=parent or config.city)


@eforms.provides_choices("geography.communities")
def communities(parent: str) -> tuple[tuple[str, str], ...]:
    """Return the communities of a street; there are too many to list them all."""
    return queries.options(level="community", under=parent) if parent else ()

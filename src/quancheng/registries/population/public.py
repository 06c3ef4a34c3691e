"""The front door of the population register, and of the mechanism of deliveries that the other registers share."""

from quancheng.registries.population.actions import READING
from quancheng.registries.population.engine import deliveries, storing
from quancheng.registries.population.models import ChangeBase, DeliveryBase, FieldSourceBase
from quancheng.registries.population.queries import (
    ChangeView,
    DeliveryView,
    FieldView,
    UnknownPerson,
    facts,
    provenance,
)

__all__ = [
    "READING",
    "ChangeBase",
    "ChangeView",
    "DeliveryBase",
    "DeliveryView",
    "FieldSourceBase",
    "FieldView",
    "UnknownPerson",
    "deliveries",
    "facts",
    "provenance",
    "storing",
]

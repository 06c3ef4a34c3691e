"""The front door of deliveries: abstract tables, the mechanism, and pages to inherit from."""

from quancheng.registries.deliveries.actions import Unreadable, planned, take_in
from quancheng.registries.deliveries.engine.plans import Plan, Shape, WrongRow
from quancheng.registries.deliveries.engine.register import Register
from quancheng.registries.deliveries.engine.storing import Tables
from quancheng.registries.deliveries.models import ChangeBase, DeliveryBase, FieldSourceBase
from quancheng.registries.deliveries.public.pages import Delivery, Import
from quancheng.registries.deliveries.public.tables import Deliveries
from quancheng.registries.deliveries.queries import (
    ChangeView,
    DeliveryView,
    FieldView,
    UnknownDelivery,
    changes,
    deliveries,
    delivery,
    fields,
    provenance,
)

__all__ = [
    "ChangeBase",
    "ChangeView",
    "Deliveries",
    "Delivery",
    "DeliveryBase",
    "DeliveryView",
    "FieldSourceBase",
    "FieldView",
    "Import",
    "Plan",
    "Register",
    "Shape",
    "Tables",
    "UnknownDelivery",
    "Unreadable",
    "WrongRow",
    "changes",
    "deliveries",
    "delivery",
    "fields",
    "planned",
    "provenance",
    "take_in",
]

"""Pages of the register of firms."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from quancheng.registries.deliveries import public as deliveries
from quancheng.registries.entities import actions, queries
from quancheng.registries.entities.engine.firms import REGISTER
from quancheng.registries.entities.web import tables
from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look


class Home(look.TableView):
    """Search; business registration is public, so everything is listed."""

    action = "entities.firm.read"
    table = tables.Firms


class Firm(pmi.GuardedView):
    """One firm: every field with its source, and the history."""

    action = "entities.firm.read"

    def get(self, request: Any, firm_id: Any) -> HttpResponse:
        return render(request, "entities/firm.html", {"firm": queries.firm(actor=request.actor, firm_id=firm_id)})


class Deliveries(deliveries.Deliveries):
    """What was delivered."""

    action, register = "entities.firm.import", REGISTER


class Delivery(deliveries.Delivery):
    """One delivery with its rejected rows."""

    action, register = "entities.firm.import", REGISTER


class Import(deliveries.Import):
    """Take in a file about firms."""

    action, register, take_in = "entities.firm.import", REGISTER, actions.import_firms

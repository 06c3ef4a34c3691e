"""Pages of the register of firms."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from quancheng.registries.deliveries import public as deliveries
from quancheng.registries.entities import actions, queries
from quancheng.registries.entities.engine.firms import REGISTER
from quancheng.security.pmi import public as pmi


class Home(pmi.GuardedView):
    """Search; business registration is public, so everything is listed."""

    action = "entities.firm.read"

    def get(self, request: Any) -> HttpResponse:
        search = request.GET.get("q", "").strip()[:60]
        number = request.GET.get("page", "1")
        found = queries.firms(actor=request.actor, search=search, page=number)
        context = {"search": search, "page": found, "size": queries.size()}
        return render(request, "entities/home.html", context)


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

"""Pages of the population register."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from quancheng.registries.deliveries import public as deliveries
from quancheng.registries.population import actions, queries
from quancheng.registries.population.engine.people import REGISTER
from quancheng.registries.population.web import tables
from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look


class Home(look.TableView):
    """Search; nobody is listed without being asked for."""

    action = "population.person.read"
    table = tables.People
    template_name = "population/home.html"

    def context(self, table: look.Table) -> dict[str, Any]:
        return {"size": queries.size()}


class Person(pmi.GuardedView):
    """One person: every field with its source, and the history."""

    action = "population.person.read"

    def get(self, request: Any, person_id: Any) -> HttpResponse:
        return render(
            request, "population/person.html", {"person": queries.person(actor=request.actor, person_id=person_id)}
        )


class Deliveries(deliveries.Deliveries):
    """What was delivered."""

    action, register = "population.person.import", REGISTER


class Delivery(deliveries.Delivery):
    """One delivery with its rejected rows."""

    action, register = "population.person.import", REGISTER


class Import(deliveries.Import):
    """Take in a file about people."""

    action, register, take_in = "population.person.import", REGISTER, actions.import_people

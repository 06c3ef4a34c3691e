"""Pages of the population register."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.population import actions, queries
from quancheng.registries.population.engine import deliveries
from quancheng.registries.population.web import forms
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import public as documents


class Home(pmi.GuardedView):
    """Search; nobody is listed without being asked for."""

    action = "population.person.read"

    def get(self, request: Any) -> HttpResponse:
        search = request.GET.get("q", "").strip()[:60]
        number = request.GET.get("page", "1")
        found = queries.people(actor=request.actor, search=search, page=number) if search else None
        context = {"search": search, "page": found, "size": queries.size()}
        return render(request, "population/home.html", context)


class Person(pmi.GuardedView):
    """One person: every field with its source, and the history."""

    action = "population.person.read"

    def get(self, request: Any, person_id: Any) -> HttpResponse:
        return render(
            request, "population/person.html", {"person": queries.person(actor=request.actor, person_id=person_id)}
        )


class Deliveries(pmi.GuardedView):
    """What was delivered."""

    action = "population.person.import"

    def get(self, request: Any) -> HttpResponse:
        return render(
            request,
            "population/deliveries.html",
            {"page": queries.deliveries(actor=request.actor, page=request.GET.get("page", "1"))},
        )


class Delivery(pmi.GuardedView):
    """One delivery with its rejected rows."""

    action = "population.person.import"

    def get(self, request: Any, delivery_id: int) -> HttpResponse:
        return render(request, "population/delivery.html", {"delivery": queries.delivery(delivery_id=delivery_id)})


class Import(pmi.GuardedView):
    """Take in a file: first what it would change, then the change."""

    action = "population.person.import"

    def get(self, request: Any) -> HttpResponse:
        form = forms.Import(initial={"as_of": timezone.localdate()})
        return render(request, "population/import.html", {"form": form})

    def post(self, request: Any) -> HttpResponse:
        form = forms.Import(request.POST, request.FILES)
        if not form.is_valid():
            return render(request, "population/import.html", {"form": form}, status=400)
        given = form.cleaned_data
        try:
            kept = self._kept(given, request.actor.id)
            with documents.open(kept.digest) as stream:
                content = stream.read()
            if "confirm" in request.POST:
                delivery_id = actions.import_people(
                    actor=request.actor,
                    content=content,
                    name=given["name"] or kept.name,
                    source=given["source"],
                    source_name=given["source_name"],
                    as_of=given["as_of"],
                    at=timezone.now(),
                )
                return redirect("population:delivery", delivery_id)
            plan = actions.planned(content, as_of=given["as_of"])
        except documents.NoSuchDocument:
            form.add_error(None, _("The file is no longer here. Please choose it again."))
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return render(request, "population/import.html", {"form": form, "kept": kept, "preview": _preview(plan)})
        return render(request, "population/import.html", {"form": form}, status=400)

    def _kept(self, given: dict[str, Any], actor_id: str) -> documents.Kept:
        if given["file"]:
            return documents.keep(given["file"].file, name=given["file"].name, actor=actor_id)
        return documents.info(given["digest"])


def _preview(plan: deliveries.Plan) -> dict[str, Any]:
    shown = deliveries.preview(plan)
    shown["first_rejected"] = [
        {"row": item.row, "key": item.key, "reason": queries.REASONS.get(item.reason, item.reason)}
        for item in shown["first_rejected"]
    ]
    return shown

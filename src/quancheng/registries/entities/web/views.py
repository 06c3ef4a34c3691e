"""Pages of the register of firms."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.entities import actions, queries
from quancheng.registries.entities.web import forms
from quancheng.registries.population import public as population
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import public as documents


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


class Deliveries(pmi.GuardedView):
    """What was delivered."""

    action = "entities.firm.import"

    def get(self, request: Any) -> HttpResponse:
        return render(
            request,
            "entities/deliveries.html",
            {"page": queries.deliveries(actor=request.actor, page=request.GET.get("page", "1"))},
        )


class Delivery(pmi.GuardedView):
    """One delivery with its rejected rows."""

    action = "entities.firm.import"

    def get(self, request: Any, delivery_id: int) -> HttpResponse:
        return render(request, "entities/delivery.html", {"delivery": queries.delivery(delivery_id=delivery_id)})


class Import(pmi.GuardedView):
    """Take in a file: first what it would change, then the change."""

    action = "entities.firm.import"

    def get(self, request: Any) -> HttpResponse:
        form = forms.Import(initial={"as_of": timezone.localdate()})
        return render(request, "entities/import.html", {"form": form})

    def post(self, request: Any) -> HttpResponse:
        form = forms.Import(request.POST, request.FILES)
        if not form.is_valid():
            return render(request, "entities/import.html", {"form": form}, status=400)
        given = form.cleaned_data
        try:
            kept = self._kept(given, request.actor.id)
            with documents.open(kept.digest) as stream:
                content = stream.read()
            if "confirm" in request.POST:
                delivery_id = actions.import_firms(
                    actor=request.actor,
                    content=content,
                    name=given["name"] or kept.name,
                    source=given["source"],
                    source_name=given["source_name"],
                    as_of=given["as_of"],
                    at=timezone.now(),
                )
                return redirect("entities:delivery", delivery_id)
            plan = actions.planned(content, as_of=given["as_of"])
        except documents.NoSuchDocument:
            form.add_error(None, _("The file is no longer here. Please choose it again."))
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return render(request, "entities/import.html", {"form": form, "kept": kept, "preview": _preview(plan)})
        return render(request, "entities/import.html", {"form": form}, status=400)

    def _kept(self, given: dict[str, Any], actor_id: str) -> documents.Kept:
        if given["file"]:
            return documents.keep(given["file"].file, name=given["file"].name, actor=actor_id)
        return documents.info(given["digest"])


def _preview(plan: population.deliveries.Plan) -> dict[str, Any]:
    shown = population.deliveries.preview(plan)
    shown["first_rejected"] = [
        {"row": item.row, "key": item.key, "reason": queries.REASONS.get(item.reason, item.reason)}
        for item in shown["first_rejected"]
    ]
    return shown

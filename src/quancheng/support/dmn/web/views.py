"""Pages for administrators: which decision models there are, what their tables say, and a trial of each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quancheng.security.pmi import public as pmi
from quancheng.support.dmn import public as dmn

LONGEST_INPUT = 500


class Models(pmi.GuardedView):
    """All decision models in their newest version."""

    action = "dmn.decision.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "dmn/models.html", {"models": dmn.models()})


class OneModel(pmi.GuardedView):
    """The tables of a model; with inputs in the address, the rules that matched for them."""

    action = "dmn.decision.read"

    def get(self, request: HttpRequest, definition_id: int) -> HttpResponse:
        page = dmn.page(definition_id)
        texts = {
            one.name: request.GET.get(f"input.{number}", "").replace("\0", "").strip()[:LONGEST_INPUT]
            for number, one in enumerate(page.inputs, start=1)
        }
        decision, trial = request.GET.get("decision", ""), None
        if decision in page.decisions:
            trial = dmn.trial(definition_id, decision, texts)
            page = dmn.page(definition_id, trial)
        context = {
            "page": page,
            "trial": trial,
            "fields": [(f"input.{number}", one, texts[one.name]) for number, one in enumerate(page.inputs, start=1)],
        }
        return render(request, "dmn/model.html", context)

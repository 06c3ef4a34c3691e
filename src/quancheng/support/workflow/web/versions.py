"""The page that takes running cases over to another version of their process."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import actions, queries
from quancheng.support.workflow.engine import migrating

FIELD = "to-"


class TakeOver(pmi.GuardedView):
    """What would become of each running case of an older version, and the act itself."""

    action = "workflow.case.migrate"

    def get(self, request: HttpRequest, definition_id: int) -> HttpResponse:
        return self.show(request, definition_id, _elements(request.GET))

    def post(self, request: HttpRequest, definition_id: int) -> HttpResponse:
        elements = _elements(request.POST)
        chosen = [int(item) for item in request.POST.getlist("case") if item.isascii() and item.isdigit()]
        wishes: dict[str, Any] = {"definition_id": definition_id, "case_ids": [n for n in chosen if n < 2**31]}
        context: dict[str, Any] = {}
        status = 200
        try:
            if not chosen:
                context["refusal"] = _("Choose at least one case.")
                status = 422
            else:
                context["done"] = actions.migrate_cases(
                    actor=request.actor,  # type: ignore[attr-defined]
                    elements=elements,
                    whole=request.POST.get("how") == "whole",
                    **wishes,
                )
        except migrating.NotAVersion:
            raise
        except Refusal as refusal:
            context["refusal"], status = str(refusal), refusal.status
        return self.show(request, definition_id, elements, status=status, **context)

    @staticmethod
    def show(
        request: HttpRequest, definition_id: int, elements: dict[str, str], *, status: int = 200, **more: Any
    ) -> HttpResponse:
        """Render the preview, with what was just done above it."""
        actor = request.actor  # type: ignore[attr-defined]
        moves = queries.migration_preview(actor, definition_id=definition_id, elements=elements)
        gone = queries.vanished(definition_id=definition_id, moves=moves) if moves else ()
        known = {**{name: name for name in elements}, **dict(gone)}
        fields = [
            {"name": f"{FIELD}{element}", "label": label, "value": elements.get(element, "")}
            for element, label in sorted(known.items())
        ]
        context = {
            "definition": queries.definition(definition_id),
            "moves": moves,
            "possible": sum(not move.obstacles for move in moves),
            "most": migrating.MOST,
            "fields": fields,
            "targets": queries.places(definition_id=definition_id) if fields else (),
            **more,
        }
        return render(request, "workflow/take_over.html", context, status=status)


def _elements(sent: Any) -> dict[str, str]:
    """Return which element of the old drawing is to become which of the new one."""
    found = {name.removeprefix(FIELD): sent[name] for name in sent if name.startswith(FIELD) and sent[name]}
    return {name: value for name, value in found.items() if len(name) <= 120 and len(value) <= 120}

"""Pages for administrators: which processes there are, how each case stands."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import actions, queries
from quancheng.support.workflow.engine import checking
from quancheng.support.workflow.web import forms


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


class Definitions(pmi.GuardedView):
    """All processes in their newest version."""

    action = "workflow.definition.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "workflow/definitions.html", {"definitions": queries.definitions()})


class OneDefinition(pmi.GuardedView):
    """The drawing of a process."""

    action = "workflow.definition.read"

    def get(self, request: HttpRequest, definition_id: int) -> HttpResponse:
        actor = request.actor  # type: ignore[attr-defined]
        definition = queries.definition(definition_id)
        context = {
            "definition": definition,
            "versions": queries.versions(definition.key),
            "may_move": actor.may("workflow.case.migrate"),
            "may_try": actor.may("workflow.case.simulate"),
            "faults": checking.check(definition.xml),
            "durations": queries.durations(actor, key=definition.key, definition_id=definition.id),
            "most": queries.MOST_TIMED,
        }
        return render(request, "workflow/definition.html", context)


class Cases(pmi.GuardedView):
    """The cases at the places where the reader may read cases."""

    action = "workflow.case.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        status, search = request.GET.get("status", ""), request.GET.get("search", "").strip()
        page = queries.cases_page(
            request.actor,  # type: ignore[attr-defined]
            status=status,
            search=search,
            page=_number(request.GET.get("page", "1")),
        )
        return render(request, "workflow/cases.html", {"page": page, "status": status, "search": search})


class CasePage(pmi.GuardedView):
    """A page about one case."""

    def target(self) -> pmi.Target:
        """Return where the case belongs."""
        return queries.target(case_id=self.kwargs["case_id"])


class OneCase(CasePage):
    """The drawing, the timeline and the troubles of a case."""

    action = "workflow.case.read"

    def get(self, request: HttpRequest, case_id: int) -> HttpResponse:
        return self.show(request, case_id, forms.CancelForm())

    @staticmethod
    def show(request: HttpRequest, case_id: int, form: forms.CancelForm, *, status: int = 200) -> HttpResponse:
        """Render the case with the form that calls it off."""
        actor = request.actor  # type: ignore[attr-defined]
        case = queries.case_record(actor=actor, case_id=case_id)
        stuck = any(item.stuck for item in case.troubles)
        context: dict[str, Any] = {
            "case": case,
            "form": form,
            "may_cancel": case.status == "RUNNING" and actor.may("workflow.case.cancel", case.organisation),
            "may_retry": stuck and actor.may("workflow.case.retry", case.organisation),
        }
        return render(request, "workflow/case.html", context, status=status)


class Retry(CasePage):
    """Try the stuck steps of a case again."""

    action = "workflow.case.retry"

    def post(self, request: HttpRequest, case_id: int) -> HttpResponse:
        try:
            actions.retry(actor=request.actor, case_id=case_id)  # type: ignore[attr-defined]
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The stuck steps are tried again now."))
        return redirect("workflow:case", case_id)


class CancelCase(CasePage):
    """Call a case off."""

    action = "workflow.case.cancel"

    def post(self, request: HttpRequest, case_id: int) -> HttpResponse:
        form = forms.CancelForm(request.POST)
        if form.is_valid():
            try:
                actions.cancel_case(actor=request.actor, case_id=case_id, **form.cleaned_data)  # type: ignore[attr-defined]
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The case was called off."))
                return redirect("workflow:case", case_id)
        return OneCase.show(request, case_id, form, status=422)

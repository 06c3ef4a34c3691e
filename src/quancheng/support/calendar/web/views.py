"""The deadline calculator, why a date is what it is, and loading a year's notice."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import actions, queries
from quancheng.support.calendar.web import forms


class Calculator(pmi.GuardedView):
    """When does a period end, and why then? For everybody; the address holds the question, so it can be shared."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = bool(request.GET.get("start"))
        form = forms.Calculator(
            request.GET if asked else None, initial={"start": timezone.localdate(), "rule": "CN-AL-42-decision"}
        )
        context: dict[str, Any] = {"form": form, "principles": queries.principles(), "table": queries.table()}
        if asked and form.is_valid():
            found = form.cleaned_data
            legal = queries.rule(found["rule"]) if found["rule"] else None
            context |= {
                "due": found["due"],
                "rule": legal,
                "n": legal.n if legal else found["n"],
                "unit": legal.unit if legal else found["unit"] or "workday",
                "left": queries.remaining(found["due"].date, timezone.localdate()),
            }
        return render(request, "calendar/calculator.html", context, status=422 if asked and form.errors else 200)


class WhyThisDate(pmi.GuardedView):
    """Why a clock ends on its day; for staff."""

    action = "calendar.clock.read"
    open_to = ("staff",)

    def target(self) -> pmi.Target:
        """Return where the clock belongs."""
        clock_id = self.kwargs["clock_id"]
        return pmi.Target(organisation=queries.organisation_of(clock_id), subjects=(f"clock:{clock_id}",))

    def get(self, request: HttpRequest, clock_id: str) -> HttpResponse:
        clock = queries.clock_by_id(clock_id)
        others = [item for item in queries.clocks(clock.subject) if item.id != clock.id]
        return render(request, "calendar/why.html", {"clock": clock, "others": others})


class Years(pmi.GuardedView):
    """The years of the calendar, and loading a notice: first shown with what it would change, then loaded."""

    action = "calendar.year.load"

    def get(self, request: HttpRequest) -> HttpResponse:
        following = queries.table().last_announced + 1
        return self._page(request, forms.Notice(initial={"year": following}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.Notice(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        notice = form.cleaned_data["notice"]
        if "load" not in request.POST:
            moves = queries.moves(notice, today=timezone.localdate())
            return self._page(request, form, preview=notice, moves=moves)
        try:
            moved = actions.load_year(
                actor=request.actor,  # type: ignore[attr-defined]
                year=notice,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self._page(request, form, status=refusal.status)
        messages.success(
            request,
            _("The notice for %(year)s is loaded.") % {"year": notice.year}
            + " "
            + ngettext("%(n)s running period was dated anew.", "%(n)s running periods were dated anew.", moved)
            % {"n": moved},
        )
        return redirect("calendar:years")

    def _page(self, request: HttpRequest, form: forms.Notice, *, status: int = 200, **more: Any) -> HttpResponse:
        table = queries.table()
        years = [item for item in reversed(table.years()) if item.year <= table.last_announced + 1]
        return render(request, "calendar/years.html", {"form": form, "years": years, **more}, status=status)

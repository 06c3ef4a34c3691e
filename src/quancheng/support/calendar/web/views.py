"""The deadline calculator, why a date is what it is, loading a year's notice, the rules, and calendar files."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import actions, queries, rules
from quancheng.support.calendar.web import forms


class Calculator(pmi.GuardedView):
    """When does a period end, and why then? For everybody; the address holds the question, so it can be shared."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = bool(request.GET.get("start"))
        form = forms.Calculator(
            request.GET if asked else None,
            initial={"start": timezone.localdate(), "rule": request.GET.get("rule", "CN-AL-42-decision")},
        )
        context: dict[str, Any] = {"form": form, "principles": queries.principles(), "table": queries.table()}
        if asked and form.is_valid():
            found = form.cleaned_data
            legal = found.get("legal")
            context |= {
                "due": found["due"],
                "rule": legal,
                "n": legal.n if legal else found["n"],
                "unit": legal.unit if legal else found["unit"] or "workday",
                "left": queries.remaining(found["due"].date, timezone.localdate()),
                "grounds": [queries.grounds()[code] for code in legal.exclusions] if legal else [],
                "address": request.build_absolute_uri(),
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

    def get(self, request: HttpRequest, clock_id: UUID) -> HttpResponse:
        clock = queries.clock_by_id(clock_id)
        others = [item for item in queries.clocks(clock.subject) if item.id != clock.id]
        return render(request, "calendar/why.html", {"clock": clock, "others": others})


class ClockFile(WhyThisDate):
    """The last day of one matter, for a calendar program."""

    def get(self, request: HttpRequest, clock_id: UUID) -> HttpResponse:
        clock = queries.clock_by_id(clock_id)
        text = f"《{clock.why.law}》{clock.why.article}"
        page = request.build_absolute_uri(reverse("calendar:why", args=[clock_id]))
        entry = rules.Entry(f"clock-{clock.id}", clock.due_on, clock.title, text, page, alarm_days=1)
        return _file(request, [entry], name=clock.title)


class OfficialDays(pmi.GuardedView):
    """Days off and make-up workdays, for calendar programs; for everybody."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        return _file(request, queries.official_days(), name=_("Public holidays and make-up workdays"))


class Deadlines(pmi.GuardedView):
    """Somebody's deadlines, for their calendar program; whoever knows the secret address may read it."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest, secret: str) -> HttpResponse:
        found = [
            replace(entry, url=request.build_absolute_uri(entry.url) if entry.url else "")
            for entry in queries.deadlines(secret)
        ]
        answer = _file(request, found, name=_("My deadlines"))
        answer["Cache-Control"] = "private, no-store"
        return answer


class Feeds(pmi.GuardedView):
    """Addresses for calendar programs: the official days, and one's own deadlines, which can be renewed and closed."""

    action = "calendar.feed.renew"
    open_to = ("staff",)

    def target(self) -> pmi.Target:
        """Return whose addresses these are: the reader's own."""
        return pmi.Target(owner=self.request.actor.id)  # type: ignore[attr-defined]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        actor = request.actor  # type: ignore[attr-defined]
        if "close" in request.POST:
            actions.close_feed(actor=actor, owner=actor.id)
            messages.success(request, _("The address is closed."))
            return redirect("calendar:feeds")
        secret = actions.renew_feed(actor=actor, owner=actor.id, at=timezone.now())
        return self._page(request, address=request.build_absolute_uri(reverse("calendar:deadlines", args=[secret])))

    def _page(self, request: HttpRequest, **more: Any) -> HttpResponse:
        official = request.build_absolute_uri(reverse("calendar:official"))
        since = queries.feed_renewed_at(request.actor.id)  # type: ignore[attr-defined]
        answer = render(request, "calendar/feeds.html", {"official": official, "since": since, **more})
        answer["Cache-Control"] = "private, no-store"
        return answer


class Rules(pmi.GuardedView):
    """Every legal rule with its versions and since when each is in force."""

    action = "calendar.rule.add-version"

    def get(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate()
        rows = [
            {"rule": rules.in_force(found, today), "versions": found, "next": [v for v in found if _later(v, today)]}
            for found in queries.history().values()
        ]
        return render(request, "calendar/rules.html", {"rows": rows, "principles": queries.principles()})


class OneRule(pmi.GuardedView):
    """The history of one rule, and adding a version when the law changes."""

    action = "calendar.rule.add-version"

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return self._page(request, forms.RuleVersion.of(self._versions(code)[-1]), code)

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        self._versions(code)
        form = forms.RuleVersion(request.POST)
        if not form.is_valid():
            return self._page(request, form, code, status=422)
        try:
            added = actions.add_version(
                actor=request.actor,  # type: ignore[attr-defined]
                code=code,
                at=timezone.now(),
                **form.cleaned_data,
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self._page(request, form, code, status=refusal.status)
        messages.success(request, _("Version %(number)s is added.") % {"number": added.version})
        return redirect("calendar:rule", code=code)

    def _versions(self, code: str) -> tuple[rules.LegalRule, ...]:
        found = queries.versions(code)
        if not found:
            raise queries.UnknownRule(rule=code)
        return found

    def _page(self, request: HttpRequest, form: forms.RuleVersion, code: str, *, status: int = 200) -> HttpResponse:
        found, today = self._versions(code), timezone.localdate()
        context = {"form": form, "rule": rules.in_force(found, today), "versions": found[::-1]}
        return render(request, "calendar/rule.html", context, status=status)


def _later(rule: rules.LegalRule, today: date) -> bool:
    return rule.since is not None and rule.since > today


def _file(request: HttpRequest, entries: Iterable[rules.Entry], *, name: str) -> HttpResponse:
    text = rules.calendar_of(entries, name=name, host=request.get_host().partition(":")[0], at=timezone.now())
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return answer


class Years(pmi.GuardedView):
    """The years of the calendar, and loading a notice: first shown with what it would change, then loaded."""

    action = "calendar.year.load"

    def get(self, request: HttpRequest) -> HttpResponse:
        following = queries.table().last_announced + 1
        return self._page(request, forms.Notice(initial={"year": following}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.Notice(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, form, status=422)
        notice = form.cleaned_data["notice"]
        if "load" not in request.POST:
            moves = queries.moves(notice, today=timezone.localdate())
            return self._page(request, form, preview=notice, moves=moves, changes=queries.day_changes(notice))
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

"""The search page and its suggestions, the report of questions without answer, and the list of synonyms."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from quancheng.kernel import zone
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look
from quancheng.support.search import actions, queries, rules
from quancheng.support.search.web import forms

# In the intranet nothing is for everybody: whoever searches there has signed in.
OPEN = pmi.PUBLIC if zone.serves({zone.EXTRANET}) else pmi.SIGNED_IN
FEW = 3
MOST_DRAWN = 10
FACET_TITLES = {
    "kind": pgettext_lazy("facet", "Kind"),
    "department": pgettext_lazy("facet", "Department"),
    "state": pgettext_lazy("facet", "Status"),
    "year": pgettext_lazy("facet", "Year"),
}


def asked(request: HttpRequest) -> str:
    """Return what was asked; what is far too long is cut before anything looks at it."""
    return request.GET.get("q", "")[:2000]


class Results(pmi.GuardedView):
    """The answer to a question, with facets; without a question, the box and what it understands."""

    action = OPEN

    def get(self, request: Any) -> HttpResponse:
        actor: pmi.Actor = request.actor
        text, today = asked(request), timezone.localdate()
        wanted: dict[str, Any] = {name: rules.tidy(request.GET.get(name, "")[:100]) for name in FACET_TITLES}
        chosen = queries.Filters(**wanted)
        found = queries.find(actor=actor, text=text, today=today, filters=chosen, page=_number(request.GET.get("page")))
        narrowed = chosen != queries.Filters()
        meant = ""
        if found.question.groups and (found.partly or found.total < FEW):
            meant = queries.meant(actor=actor, question=found.question)
        if not found.total and not narrowed:
            actions.note_missed(question=found.question, day=today)
        answer = render(
            request,
            f"search/{'workbench' if actor.kind == 'staff' else 'public'}.html",
            {
                "found": found,
                "text": found.question.text,
                "meant": meant,
                "narrowed": narrowed,
                "facets": [self._facet(found.question.text, chosen, facet) for facet in found.facets],
                "kinds": queries.kinds() if not found.question.groups else (),
            },
        )
        answer["Cache-Control"] = "private, no-store"
        return answer

    def _facet(self, text: str, chosen: queries.Filters, facet: queries.Facet) -> dict[str, Any]:
        values = []
        for item in facet.values:
            change: dict[str, Any] = {facet.name: "" if item.chosen else item.value}
            values.append((item, _address(text, replace(chosen, **change))))
        return {"title": FACET_TITLES[facet.name], "values": values}


def _address(text: str, chosen: queries.Filters) -> str:
    given = {"q": text, **{name: value for name in FACET_TITLES if (value := getattr(chosen, name))}}
    return f"{reverse('search:results')}?{urlencode(given)}"


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1


class Suggest(pmi.GuardedView):
    """Words that begin as what is being typed, as the options of the search box."""

    action = OPEN

    def get(self, request: Any) -> HttpResponse:
        found = queries.suggest(actor=request.actor, text=asked(request))
        answer = render(request, "search/parts/options.html", {"suggestions": found})
        answer["Cache-Control"] = "private, no-store"
        return answer


class Missed(pmi.GuardedView):
    """What was asked in vain, for those who write pages and synonyms."""

    action = "search.missed.read"

    def get(self, request: Any) -> HttpResponse:
        found = queries.missed(today=timezone.localdate())
        return render(request, "search/missed.html", {"missed": found, "chart": self._chart(found[:MOST_DRAWN])})

    def _chart(self, found: tuple[queries.Miss, ...]) -> look.Chart:
        return look.Chart(
            title=_("What is asked most often without an answer?"),
            categories=[item.text for item in found],
            series=(look.Series(_("Times asked"), [item.count for item in found]),),
            kind="rows",
            axis=pgettext_lazy("search", "Question"),
            unit=pgettext_lazy("search", "times"),
        )


class Synonyms(pmi.GuardedView):
    """The list of synonyms: its versions, and the form for the next one."""

    action = "search.synonyms.change"

    def get(self, request: Any) -> HttpResponse:
        versions = queries.versions()
        number = request.GET.get("version", "")
        shown = queries.synonyms_version(_number(number) if number != "0" else 0) if number else versions[0]
        saying = request.GET.get("say", "").replace("\0", "")[:40]
        text = f"{shown.text.rstrip()}\n{saying} => \n" if saying else shown.text
        form = forms.Synonyms(initial={"text": text, "based_on": versions[0].number})
        return self._page(request, form, shown)

    def post(self, request: Any) -> HttpResponse:
        form = forms.Synonyms(request.POST)
        if form.is_valid():
            try:
                number = actions.change_synonyms(actor=request.actor, at=timezone.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error("text", str(refusal))
            else:
                messages.success(request, _("Version %(number)s of the list is in force.") % {"number": number})
                return redirect("search:synonyms")
        return self._page(request, form, queries.versions()[0], status=422)

    def _page(self, request: Any, form: forms.Synonyms, shown: queries.Version, status: int = 200) -> HttpResponse:
        context = {"form": form, "versions": queries.versions(), "shown": shown}
        return render(request, "search/synonyms.html", context, status=status)

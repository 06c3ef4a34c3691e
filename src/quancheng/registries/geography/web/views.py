"""The tree of divisions; public, in both zones."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from quancheng.registries.geography import adapters, queries, rules
from quancheng.registries.geography.config import config
from quancheng.security.pmi import public as pmi
from quancheng.support.look import public as look


class Home(pmi.GuardedView):
    """The districts, and a search over everything."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()[:50]
        districts = queries.children(code=config.city)
        return render(
            request,
            "geography/home.html",
            {
                "search": text,
                "found": queries.search(text=text),
                "districts": districts,
                "counts": queries.counts(),
                "map": _map(districts),
            },
        )


def _map(districts: tuple[queries.DivisionView, ...]) -> look.Map:
    numbers, own = queries.communities(), adapters.boundaries()
    note = (
        _("Map examined under %(number)s") % {"number": config.map_number}
        if own
        else _("A sketch: equal squares show what lies where. It shows no border and no size.")
    )
    return look.Map(
        title=_("How many communities and villages does each district have?"),
        places=[
            look.Place(item.code, item.name, numbers.get(item.code, 0), reverse("geography:division", args=[item.code]))
            for item in districts
        ],
        shapes=own or look.sketch(rules.SKETCH),
        unit=_("communities and villages"),
        note=note,
    )


class Division(pmi.GuardedView):
    """One division and what is below it."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        found = queries.path(code=code)
        return render(
            request,
            "geography/division.html",
            {"division": found[-1], "above": found[:-1], "below": queries.children(code=code)},
        )

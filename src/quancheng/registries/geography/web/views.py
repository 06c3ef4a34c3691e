"""The tree of divisions; public, in both zones."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quancheng.registries.geography import queries
from quancheng.registries.geography.config import config
from quancheng.security.pmi import public as pmi


class Home(pmi.GuardedView):
    """The districts, and a search over everything."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()[:50]
        return render(
            request,
            "geography/home.html",
            {
                "search": text,
                "found": queries.search(text=text),
                "districts": queries.children(code=config.city),
                "counts": queries.counts(),
            },
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

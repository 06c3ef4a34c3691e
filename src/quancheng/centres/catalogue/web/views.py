"""Pages of the catalogue: open to everybody in the extranet, to those who signed in in the intranet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quancheng.kernel import zone
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi

from .. import queries
from . import forms


class Page(pmi.GuardedView):
    # What exists, whose it is and by which law is open information; the values behind it are not shown here.
    action = pmi.PUBLIC if zone.serves({zone.EXTRANET}) else pmi.SIGNED_IN


class ResourceList(Page):
    def get(self, request: HttpRequest) -> HttpResponse:
        form = forms.Search(request.GET)
        wishes = form.cleaned_data if form.is_valid() else {}
        found = queries.search(
            text=wishes.get("q") or "", share=wishes.get("share") or "", provider=wishes.get("provider") or ""
        )
        content = {"base": identity.frame(request), "form": form, "resources": found, "providers": queries.providers()}
        return render(request, "catalogue/list.html", content)


class OneResource(Page):
    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return render(
            request, "catalogue/resource.html", {"base": identity.frame(request), "detail": queries.detail(code)}
        )


class Topics(Page):
    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "catalogue/topics.html", {"base": identity.frame(request), "topics": queries.topics()})

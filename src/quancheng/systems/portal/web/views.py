"""The address that the search had before all systems shared one. Pages are served by Wagtail."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from quancheng.security.pmi import public as pmi


class Search(pmi.GuardedView):
    """Lead on to the search over everything."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "")[:200].encode("utf-8", "ignore").decode()
        return redirect(f"{reverse('search:results')}?{urlencode({'q': text})}" if text else "search:results")

"""Turns a refusal that leaves a view into a page in the user's words, with the right status."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from quancheng.kernel.refusal import Refusal


class RefusalMiddleware:
    """Answer refusals with `look/refusal.html`, or problem+json (RFC 9457) where JSON was asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
            return HttpResponse(_problem(exception), status=exception.status, content_type="application/problem+json")
        return render(request, "look/refusal.html", {"refusal": exception}, status=exception.status)


def _problem(refusal: Refusal) -> bytes:
    import json

    body = {"type": f"urn:quancheng:refusal:{refusal.code}", "title": str(refusal), "status": refusal.status}
    return json.dumps(body, ensure_ascii=False).encode()

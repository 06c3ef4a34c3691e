"""Turns a refusal into a page in the user's words, with the right status; refuses what cannot be text."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi.actions import PurposeNeeded
from quancheng.security.pmi.queries import purposes_of, says_why

FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


class NotText(Refusal):
    """An address or a form holds NUL, which no keyboard types and PostgreSQL does not store."""

    code = "pmi.not-text"
    message = _("What was sent holds a character that is no text. Type it again instead of pasting it.")
    status = 400


class RefusalMiddleware:
    """Answer refusals with `look/refusal.html`, or problem+json (RFC 9457) where JSON was asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Refuse NUL before a view sees it: once here, instead of in each form and query.

        Reading the form may also end in a refusal, which is left at the request: an upload did not fit on the disk.
        """
        given = [request.GET, request.POST] if request.content_type in FORMS else [request.GET]
        texts = (text for fields in given for name, values in fields.lists() for text in (name, *values))
        if "\0" in request.path_info or any("\0" in text for text in texts):
            return self.process_exception(request, NotText())
        refusal: Refusal | None = getattr(request, "refusal", None)
        return self.process_exception(request, refusal) if refusal else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
            return HttpResponse(_problem(exception), status=exception.status, content_type="application/problem+json")
        if isinstance(exception, PurposeNeeded):
            # Asked for on the spot, so that whoever may once they have said why is led on.
            back = request.get_full_path() if request.method == "GET" else ""
            actor = request.actor  # type: ignore[attr-defined]
            own_words = says_why(actor)
            choice = {"refusal": exception, "purposes": purposes_of(actor), "own_words": own_words, "back": back}
            return render(request, "pmi/purpose_needed.html", choice, status=exception.status)
        return render(request, "look/refusal.html", {"refusal": exception}, status=exception.status)


def _problem(refusal: Refusal) -> bytes:
    body = {"type": f"urn:quancheng:refusal:{refusal.code}", "title": str(refusal), "status": refusal.status}
    return json.dumps(body, ensure_ascii=False).encode()

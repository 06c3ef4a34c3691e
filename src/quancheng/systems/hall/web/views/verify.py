"""Public verification of licences: by number and code, by QR code, by the file itself. No login."""

import hashlib
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi
from quancheng.systems.hall import queries, rules
from quancheng.systems.hall.web import forms


def _page(request: Any, *, status: int = 200, **context: object) -> HttpResponse:
    response = render(request, "hall/verify.html", context, status=status)
    # Numbers and codes stand in the address; they must not reach other sites or caches.
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response


class Verify(pmi.GuardedView):
    """Ask by number and check code (or the digest of the file)."""

    action = pmi.PUBLIC

    def get(self, request: Any) -> HttpResponse:
        number, code = request.GET.get("number", ""), request.GET.get("code", "") or request.GET.get("digest", "")
        if not number and not code:
            return _page(request)
        answer = queries.verify(number=number, code=code, today=timezone.localdate())
        return _page(request, answer=answer, number=number, code=code, shown=forms.verified(answer))


class VerifyCode(pmi.GuardedView):
    """What the QR code on a licence leads to."""

    action = pmi.PUBLIC

    def get(self, request: Any, number: str, code: str = "") -> HttpResponse:
        answer = queries.verify(number=number, code=code, today=timezone.localdate())
        return _page(request, answer=answer, number=number, code=code, shown=forms.verified(answer))


class VerifyFile(pmi.GuardedView):
    """Check a PDF that somebody was given: seals, time stamp, and whether the hall handed it out. It is not kept."""

    action = pmi.PUBLIC

    def get(self, request: Any) -> HttpResponse:
        return _page(request)

    def post(self, request: Any) -> HttpResponse:
        upload = request.FILES.get("file")
        if upload is None:
            return _page(request, file_error=_("No file was chosen."), status=400)
        if upload.size > rules.MATERIAL_SIZE:
            limit = rules.MATERIAL_SIZE // (1024 * 1024)
            return _page(request, file_error=_("The file is larger than %(limit)s MB.") % {"limit": limit}, status=413)
        content = upload.read()
        if not content.startswith(b"%PDF-"):
            return _page(request, file_error=_("“%(name)s” is not a PDF file.") % {"name": upload.name}, status=400)
        known = queries.by_digest(digest=hashlib.sha256(content).hexdigest())
        return _page(
            request,
            file_name=upload.name,
            file=forms.pdf_answer(pki.verify_pdf(content), known, today=timezone.localdate()),
        )

"""Signing with one's own certificate, in the browser: this site gets the digest and the signature."""

import urllib.parse
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import FormView

from quancheng.kernel.refusal import Refusal
from quancheng.security.crypto import public as crypto
from quancheng.security.crypto.queries import persons
from quancheng.security.crypto.web import forms
from quancheng.security.pmi import public as pmi


class SignDocument(pmi.GuardedView, FormView):
    """The page in which a document is signed, and what the person signed before."""

    action = "crypto.document.sign"
    open_to = ("staff",)
    form_class = forms.PersonSignature
    template_name = "crypto/sign.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(signatures=persons.signatures(self.request.actor), **kwargs)  # type: ignore[attr-defined]

    def form_valid(self, form: forms.PersonSignature) -> HttpResponse:
        wish = form.cleaned_data
        try:
            crypto.keep_signature(
                actor=self.request.actor,  # type: ignore[attr-defined]
                title=wish["title"],
                digest=wish["digest"],
                message=wish["signature"],
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        return redirect("crypto:sign")


class SignatureFile(pmi.GuardedView):
    """One of the person's own signatures, or its timestamp, as a file."""

    action = "crypto.document.sign"
    open_to = ("staff",)
    timestamp = False

    def get(self, request: HttpRequest, person_signature_id: int) -> HttpResponse:
        title, message, token = persons.files(request.actor, person_signature_id)  # type: ignore[attr-defined]
        name = urllib.parse.quote(f"{title}.{'tst' if self.timestamp else 'p7s'}", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        kind = "application/timestamped-data" if self.timestamp else "application/pkcs7-signature"
        return HttpResponse(token if self.timestamp else message, content_type=kind, headers=headers)

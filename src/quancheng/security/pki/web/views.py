"""Pages of the PKI and its files and services for other machines."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import FormView, TemplateView

from quancheng.kernel import asked
from quancheng.security.pki import config, queries
from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import timestamps
from quancheng.security.pki.web import forms
from quancheng.security.pmi import public as pmi


class Authorities(pmi.GuardedView, TemplateView):
    """The authorities with their fingerprints, and how to check things with openssl."""

    action = pmi.PUBLIC
    template_name = "pki/authorities.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            authorities=pki.authorities(), suite=pki.suite(), url=config.settings().url, **kwargs
        )


class Verify(pmi.GuardedView, FormView):
    """Judges a sealed PDF that somebody brings."""

    action = pmi.PUBLIC
    form_class = forms.Verify
    template_name = "pki/verify.html"

    def form_valid(self, form: forms.Verify) -> HttpResponse:
        document = form.cleaned_data["document"]
        verdict = pki.verify_pdf(document.read())
        return self.render_to_response(self.get_context_data(form=form, verdict=verdict, name=document.name))


class CaCertificate(pmi.GuardedView):
    """An authority's certificate (DER), where certificates say it is."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        return HttpResponse(queries.authority_certificate(name), content_type="application/pkix-cert")


class Crl(pmi.GuardedView):
    """An authority's revocation list (DER), where certificates say it is."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        headers = {"Cache-Control": "public, max-age=300"}
        return HttpResponse(queries.authority_crl(name), content_type="application/pkix-crl", headers=headers)


class Roots(pmi.GuardedView):
    """The trusted roots as PEM, for `openssl -CAfile`."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("".join(pki.trusted_roots()), content_type="application/x-pem-file")


@method_decorator(csrf_exempt, name="dispatch")
class Timestamp(pmi.GuardedView):
    """The timestamp service over HTTP (RFC 3161 section 3.4)."""

    action = pmi.PUBLIC
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.content_type != timestamps.REQUEST_TYPE:
            return HttpResponse(status=415)
        if asked.is_longer(request, timestamps.LARGEST):
            return HttpResponse(status=413)
        return HttpResponse(pki.answer_timestamp_request(request.body), content_type=timestamps.REPLY_TYPE)

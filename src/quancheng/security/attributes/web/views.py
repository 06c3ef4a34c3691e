"""Pages and files: one's own attribute certificates, the authority, the revocation list."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from quancheng.kernel.refusal import Refusal
from quancheng.security.attributes import actions, queries
from quancheng.security.pmi import public as pmi


class Mine(pmi.GuardedView, TemplateView):
    """The visitor's attribute certificates, and a button for new ones."""

    action, open_to = "attributes.certificate.issue", ("staff",)
    template_name = "attributes/mine.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor: pmi.Actor = self.request.actor  # type: ignore[attr-defined]
        return super().get_context_data(certificates=queries.certificates(actor, holder=actor.id), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        address = request.build_absolute_uri("/").rstrip("/")
        try:
            actions.issue(actor=request.actor, address=address, at=timezone.now())  # type: ignore[attr-defined]
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Your attribute certificates have been issued."))
        return redirect("attributes:mine")


class _OfCertificate(pmi.GuardedView):
    """A page about one certificate: the own one, or with the privilege."""

    open_to = ("staff",)

    def target(self) -> pmi.Target:
        return queries.target(self.kwargs["serial"])


class Download(_OfCertificate):
    """The certificate as a file (application/pkix-attr-cert, RFC 5877)."""

    action = queries.READ

    def get(self, request: HttpRequest, serial: str) -> HttpResponse:
        headers = {"Content-Disposition": f'attachment; filename="{serial}.ac"'}
        return HttpResponse(queries.certificate(serial).der, content_type="application/pkix-attr-cert", headers=headers)


class Revoke(_OfCertificate):
    """A button that revokes."""

    action = "attributes.certificate.revoke"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, serial: str) -> HttpResponse:
        actions.revoke(actor=request.actor, serial=serial, at=timezone.now())  # type: ignore[attr-defined]
        messages.success(request, _("The attribute certificate has been revoked."))
        return redirect("attributes:mine")


class Authority(pmi.GuardedView):
    """The authority's certificate with those above it, for whoever checks."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(queries.authority(), content_type="application/pem-certificate-chain")


class RevocationList(pmi.GuardedView):
    """The authority's revocation list."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(queries.revocation_list(timezone.now()), content_type="application/pkix-crl")

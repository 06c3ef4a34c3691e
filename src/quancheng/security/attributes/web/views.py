"""Pages and files: one's own attribute certificates, the authority, the revocation list."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
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
        own = queries.certificates(actor, holder=actor.id)
        others = [item for item in queries.certificates(actor, only_valid=True) if item.holder != actor.id]
        titles = {role.code: role.title for role in pmi.roles()}
        return super().get_context_data(
            own=[(item, _named(item, titles), True) for item in own],
            others=[(item, _named(item, titles), actor.may(Revoke.action, item.organisation)) for item in others],
            **kwargs,
        )

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


def _named(item: queries.View, titles: Mapping[str, str]) -> list[str]:
    return [titles.get(code, code) for code in item.roles]


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


class Revoke(_OfCertificate, pmi.AskingView):
    """Says what a revocation brings, then revokes."""

    action = "attributes.certificate.revoke"
    form_class = forms.Form
    template_name = "attributes/revoke.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(certificate=queries.certificate(self.kwargs["serial"]), **kwargs)

    def perform(self, form: forms.Form) -> str:
        actions.revoke(actor=self.actor, serial=self.kwargs["serial"], at=timezone.now())
        messages.success(self.request, _("The attribute certificate has been revoked."))
        return reverse("attributes:mine")


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

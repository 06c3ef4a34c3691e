"""Signing in with a certificate, and the administration of which certificate opens which account."""

from typing import Any, cast
from urllib.parse import urlsplit

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from quancheng.kernel import asked
from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import adapters
from quancheng.security.identity.actions import proofs as actions
from quancheng.security.identity.adapters import certificates
from quancheng.security.identity.queries import proofs as queries
from quancheng.security.identity.web.forms import Confirm
from quancheng.security.identity.web.views import Act, ActOnAccount
from quancheng.security.pmi import public as pmi


class Bind(forms.Form):
    certificate = forms.CharField(
        label=_("Certificate"),
        max_length=certificates.LONGEST,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("The person's certificate as PEM, beginning with -----BEGIN CERTIFICATE-----."),
    )


@method_decorator(never_cache, name="dispatch")
class SignIn(pmi.GuardedView, TemplateView):
    """Says whose certificate the browser has shown; the button signs in. Reached through the proxy only."""

    action = pmi.PUBLIC
    template_name = "identity/certificate_sign_in.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: Any = super().get(request, *args, **kwargs)
        # Browsers apply form-action to the redirect after the form, too: on to the same site at its own port.
        response._csp_update = {"form-action": f"https://{urlsplit(f'//{request.get_host()}').hostname}:*"}
        return cast("HttpResponse", response)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown, refusal = None, None
        try:
            shown = certificates.shown_by(self.request, at=timezone.now())
        except Refusal as found:
            refusal = self._failed(found)
        return super().get_context_data(shown=shown, refusal=refusal, next=self.request.GET.get("next", ""), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if not ratelimit.consume(request, action="certificate"):
            return ratelimit.respond_429(request)
        now = timezone.now()
        try:
            shown = certificates.shown_by(request, at=now)
            account = actions.account_of_certificate(shown, at=now)
        except Refusal as refusal:
            raise self._failed(refusal) from None
        adapters.sign_in_with(request, account, method="certificate", serial=shown.serial)
        return HttpResponseRedirect(asked.onward(request, request.POST.get("next", ""), "/"))

    def _failed(self, refusal: Refusal) -> Refusal:
        # Somebody who merely opens the page leaves no trace; who pretends to be the proxy does.
        pretends = isinstance(refusal, certificates.NotFromTheProxy) and certificates.claims_a_certificate(self.request)
        if pretends or self.request.method == "POST":
            adapters.enter_failure(self.request, refusal)
        return refusal


class BindCertificate(ActOnAccount):
    action, form_class, heading = "identity.certificate.bind", Bind, _("Let a certificate open the account")

    def perform(self, **wishes: Any) -> Any:
        return actions.bind_certificate(
            actor=wishes["actor"],
            account_id=self.kwargs["account_id"],
            certificate=wishes["certificate"].encode(),
            at=timezone.now(),
        )


class UnbindCertificate(Act):
    action, form_class, heading = "identity.certificate.unbind", Confirm, _("Let this certificate no longer sign in?")
    submit, tone = _("Take out"), "danger"

    @cached_property
    def binding(self) -> queries.BindingView:
        return queries.binding(self.kwargs["certificate_binding_id"])

    def target(self) -> pmi.Target:
        return actions._of_account(account_id=self.binding.account_id)

    def back(self) -> str:
        return reverse("identity:account", args=[self.binding.account_id])

    def about(self) -> str:
        return f"{self.binding.account_name} · {self.binding.serial}"

    def perform(self, **wishes: Any) -> HttpResponse | None:
        return actions.unbind_certificate(binding_id=self.binding.id, at=timezone.now(), **wishes)

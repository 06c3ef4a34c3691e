"""Pages about departments' systems: administration, and signing in there with the account of this site."""

from typing import Any

from allauth.idp.oidc.views import authorization, token
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import actions, queries, rules
from quancheng.security.identity.adapters import signing_out
from quancheng.security.identity.models import Account
from quancheng.security.identity.web import forms, saml_clients
from quancheng.security.identity.web.sessions import this_session
from quancheng.security.identity.web.views import Act, Page
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail


class ProofKeyMissing(Refusal):
    code = "identity.proof-key-missing"
    message = _("The system did not send a proof key (PKCE, RFC 7636) and must be corrected by its operator.")
    status = 400


class NotForThisAccount(Refusal):
    code = "identity.not-for-this-account"
    message = _("%(name)s is not open to accounts of this kind.")
    status = 403


def ours(request: HttpRequest) -> bool:
    """Test whether a page of this site led here (Fetch Metadata; without it, as over plain HTTP, the referrer)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return rules.origin(request.headers.get("Referer", "")) == rules.origin(request.build_absolute_uri())


class Authorize(pmi.GuardedView):
    """Consent and return to the system. Adds to allauth's page: PKCE for all, who may, the policy, the trail.

    A system sends people here with GET. What is posted is the consent, and needs the token of our own page.
    """

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not request.GET:
            # Opened by hand: show what stands here.
            return redirect("idp:oidc:configuration")
        if not request.GET.get("code_challenge"):
            raise ProofKeyMissing
        return self._answer(request, self._open_to(request.user, request.GET.get("client_id", "")))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        try:
            _scopes, asked = Signer().unsign_object(request.POST.get("request", ""))
        except BadSignature:
            return authorization(request)
        # The page's own seal does not say for whom it was made, so who may is asked again.
        return self._answer(request, self._open_to(request.user, asked.get("client_id", "")))

    def _open_to(self, user: object, client_id: str) -> queries.ClientView:
        client = queries.openid_client(client_id)
        if isinstance(user, Account) and user.kind not in client.audience:
            raise NotForThisAccount(name=client.name)
        return client

    def _answer(self, request: HttpRequest, client: queries.ClientView) -> HttpResponseBase:
        response = authorization(request)
        # Browsers apply form-action to the redirect after the form, too.
        response._csp_update = {"form-action": sorted({rules.origin(uri) for uri in client.redirect_uris})}
        user, location = request.user, response.headers.get("Location", "")
        if isinstance(user, Account) and "code=" in location and not location.startswith("/"):
            self._enter(user, client, location)
        if request.method == "GET" and rules.origin(location) in response._csp_update["form-action"] and ours(request):
            # Somebody has just signed in: the login form's own policy (form-action) holds for the redirects that follow
            # it, so browsers would stop here. A page of ours stands between, as for SAML.
            onward = {"client": client, "parcel": {"address": location}}
            response = render(request, "identity/send.html", onward)
            response["Cache-Control"] = "no-store"
        return response

    def _enter(self, user: Account, client: queries.ClientView, location: str) -> None:
        signing_out.note_sign_in(
            account_id=user.pk,
            session_id=this_session(self.request),
            client_id=client.id,
            issuer=self.request.build_absolute_uri("/").rstrip("/"),
            at=timezone.now(),
        )
        trail.record(
            action="identity.client.sign-in",
            actor_id=user.actor_id,
            actor_name=user.name,
            subjects=(user.actor_id, f"client:{client.id}"),
            organisation=client.organisation,
            detail={"client": client.name, "to": rules.origin(location)},
        )


@method_decorator(csrf_exempt, name="dispatch")  # called by programs, which show the system's secret
class Token(pmi.GuardedView):
    """Tokens for a system. Keeps away from allauth's page what cannot be a code: it would go into the cache's keys."""

    action = pmi.PUBLIC

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if not all(rules.is_token(code) for code in request.POST.getlist("code")):
            return JsonResponse({"error": "invalid_grant"}, status=400)
        if request.POST.get("grant_type") not in rules.GRANT_TYPES:
            return JsonResponse({"error": "unsupported_grant_type"}, status=400)
        return token(request)


class NoDevices(pmi.GuardedView):
    """Nothing, where allauth has its device flow (RFC 8628), which asks neither for PKCE nor who may sign in where."""

    action = pmi.PUBLIC

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        raise Http404


class Clients(Page):
    """The systems that sign people in here, with what their operators need to know."""

    action = "identity.client.read"
    template_name = "identity/clients.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor, base = self.request.actor, self.request.build_absolute_uri("/").rstrip("/")
        # The organisation stands in the library's JSON column, so the rows are asked about one by one; they are few.
        shown = [item for item in queries.clients() if actor.may(self.action, item.organisation)]
        return super().get_context_data(
            clients=shown,
            issuer=base,
            provider=self.request.build_absolute_uri(reverse("identity:saml-metadata")),
            may_register=actor.may("identity.client.register"),
            **kwargs,
        )


class Client(Page):
    """One system."""

    action = "identity.client.read"
    template_name = "identity/client.html"

    def target(self) -> pmi.Target:
        return _target(self.kwargs["client_id"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown, actor = queries.client(self.kwargs["client_id"]), self.request.actor
        return super().get_context_data(
            client=shown,
            lines=saml_clients.told(shown.saml) if shown.saml else (),
            audience=[Account.Kind(kind).label for kind in shown.audience],
            issuer=self.request.build_absolute_uri("/").rstrip("/"),
            provider=self.request.build_absolute_uri(reverse("identity:saml-metadata")),
            may_change=actor.may("identity.client.change", shown.organisation),
            may_renew=not shown.saml and actor.may("identity.client.renew-secret", shown.organisation),
            may_remove=actor.may("identity.client.remove", shown.organisation),
            **kwargs,
        )


class ShowsSecret(Act):
    """An act after which a secret is shown, this once."""

    def show(self, client_id: str, secret: str) -> HttpResponse:
        """Show the secret; nobody, no cache and no history keeps it."""
        context = {"client": queries.client(client_id), "secret": secret}
        response = render(self.request, "identity/client_secret.html", context)
        response["Cache-Control"] = "no-store"
        return response


class NewClient(ShowsSecret):
    action, form_class, heading = "identity.client.register", forms.NewClient, _("Register a system")

    def back(self) -> str:
        return reverse("identity:clients")

    def get_initial(self) -> dict[str, Any]:
        return {"scopes": ["profile"], "audience": ["staff"], "signs_people_in": True}

    def get_form_kwargs(self) -> dict[str, Any]:
        seen = pmi.visible(self.request.actor, self.action, organisation="path")
        found = [(item.code, item.name) for item in queries.organisations(seen=seen)]
        return {**super().get_form_kwargs(), "organisations": found}

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        return self.show(*self.result) if hasattr(self, "result") else answer

    def perform(self, **wishes: Any) -> Any:
        return actions.register_client(**wishes)


class ActOnClient(ShowsSecret):
    form_class: type[Any] | None = forms.Confirm

    def target(self) -> pmi.Target:
        return _target(self.kwargs["client_id"])

    def back(self) -> str:
        return reverse("identity:client", args=[self.kwargs["client_id"]])

    def about(self) -> str:
        return queries.client(self.kwargs["client_id"]).name


class ChangeClient(ActOnClient):
    action, form_class, heading = "identity.client.change", forms.Client, _("Change the system")

    def get_initial(self) -> dict[str, Any]:
        shown = queries.openid_client(self.kwargs["client_id"])
        return {
            "name": shown.name,
            "redirect_uris": "\n".join(shown.redirect_uris),
            "scopes": shown.scopes,
            "audience": shown.audience,
            "signs_people_in": shown.signs_people_in,
            "speaks_for_itself": "client_credentials" in shown.grant_types,
            "skip_consent": shown.skip_consent,
            "logout_uri": shown.logout_uri,
        }

    def perform(self, **wishes: Any) -> Any:
        return actions.change_client(client_id=self.kwargs["client_id"], **wishes)


class RenewSecret(ActOnClient):
    action, heading, submit = "identity.client.renew-secret", _("Make a new secret?"), _("Make a new secret")
    tone = "danger"

    def about(self) -> str:
        return queries.openid_client(self.kwargs["client_id"]).name

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        return self.show(self.kwargs["client_id"], self.result) if hasattr(self, "result") else answer

    def perform(self, **wishes: Any) -> Any:
        return actions.renew_client_secret(client_id=self.kwargs["client_id"], **wishes)


class RemoveClient(ActOnClient):
    action, heading, submit, tone = "identity.client.remove", _("Remove this system?"), _("Remove"), "danger"

    def perform(self, **wishes: Any) -> Any:
        self.kwargs["gone"] = True
        return actions.remove_client(client_id=self.kwargs["client_id"], **wishes)

    def back(self) -> str:
        return reverse("identity:clients") if self.kwargs.get("gone") else super().back()


def _target(client_id: str) -> pmi.Target:
    return pmi.Target(organisation=queries.client(client_id).organisation, subjects=(f"client:{client_id}",))

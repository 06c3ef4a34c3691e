"""Uses of organisations' seals: the register, applications and decisions."""

import urllib.parse
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from quancheng.security.crypto import public as crypto
from quancheng.security.crypto.config import config
from quancheng.security.crypto.queries import seals
from quancheng.security.crypto.web import forms
from quancheng.security.identity import public as identity
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi


class Uses(pmi.GuardedView, TemplateView):
    """The register of uses."""

    action = "crypto.seal-use.read"
    template_name = "crypto/uses.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor: pmi.Actor = self.request.actor  # type: ignore[attr-defined]
        form = forms.Uses(self.request.GET)
        state = form.cleaned_data["state"] if form.is_valid() else ""
        page = seals.uses(actor=actor, state=state, page=self.request.GET.get("page", 1))
        return super().get_context_data(
            form=form,
            page=page,
            uses=[seals.view(row) for row in page],
            may_apply=actor.may("crypto.seal-use.apply"),
            may_rule=actor.may("crypto.seal-policy.change"),
            **kwargs,
        )


class Apply(pmi.AskingView):
    """Takes a PDF and what the seal is for."""

    action = "crypto.seal-use.apply"
    form_class = forms.Apply
    template_name = "crypto/apply.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"places": _places(self.actor)}

    def perform(self, form: forms.Apply) -> str:
        wish = form.cleaned_data
        made = crypto.apply_for_seal(
            actor=self.actor,
            organisation=identity.organisation(wish["organisation"]).path,
            title=wish["title"] or wish["document"].name[:200],
            # Whatever it holds beyond that, it is refused; it need not be read for that.
            content=wish["document"].read(config.largest + 1),
            reason=wish["reason"],
            at=timezone.now(),
        )
        return reverse("crypto:use", args=[made])


def _places(actor: pmi.Actor) -> list[tuple[str, str]]:
    """Return the organisations with a seal for which the actor may apply: pairs of code and name."""
    names = pki.seal_holders()
    held = [item for item in identity.organisations() if actor.may("crypto.seal-use.apply", item.path)]
    return [(item.code, item.name) for item in held if item.code in names]


class _OfUse(pmi.GuardedView):
    """A page about one use."""

    def use(self) -> seals.SealUseView:
        """Return the use in the address."""
        return seals.use(self.kwargs["seal_use_id"])

    def target(self) -> pmi.Target:
        return seals.target(self.kwargs["seal_use_id"])


class Use(_OfUse, TemplateView):
    """One use with its documents, the seal's appearance, and for keepers the decision."""

    action = "crypto.seal-use.read"
    template_name = "crypto/use.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found, actor = self.use(), self.request.actor  # type: ignore[attr-defined]
        keeper = actor.may("crypto.seal-use.confirm", found.organisation)
        return super().get_context_data(
            use=found,
            own=found.applicant in {actor.id, actor.on_behalf_of},
            may_decide=keeper and found.state == "WAITING",
            form=kwargs.pop("form", None) or forms.RefuseSeal(),
            **kwargs,
        )


class Confirm(_OfUse):
    """A keeper agrees; the seal is set."""

    action = "crypto.seal-use.confirm"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, seal_use_id: int) -> HttpResponse:
        crypto.confirm_seal(actor=request.actor, seal_use_id=seal_use_id, at=timezone.now())  # type: ignore[attr-defined]
        return redirect("crypto:use", seal_use_id)


class RefuseUse(_OfUse, pmi.AskingView):
    """A keeper refuses and says why."""

    action = "crypto.seal-use.refuse"
    form_class = forms.RefuseSeal
    template_name = "crypto/refuse.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(use=self.use(), **kwargs)

    def perform(self, form: forms.RefuseSeal) -> str:
        seal_use_id = self.kwargs["seal_use_id"]
        crypto.refuse_seal(
            actor=self.actor, seal_use_id=seal_use_id, reason=form.cleaned_data["reason"], at=timezone.now()
        )
        return reverse("crypto:use", args=[seal_use_id])


class Document(_OfUse):
    """The document of a use, as it was brought or as it was sealed."""

    action = "crypto.seal-use.read"
    sealed = False

    def get(self, request: HttpRequest, seal_use_id: int) -> HttpResponse:
        title, content = seals.document(actor=request.actor, seal_use_id=seal_use_id, sealed=self.sealed)  # type: ignore[attr-defined]
        name = urllib.parse.quote(title if title.endswith(".pdf") else f"{title}.pdf", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return HttpResponse(content, content_type="application/pdf", headers=headers)


class Picture(_OfUse):
    """How the seal of a use looks."""

    action = "crypto.seal-use.read"

    def get(self, request: HttpRequest, seal_use_id: int) -> HttpResponse:
        return HttpResponse(pki.picture_seal(self.use().organisation_name), content_type="image/svg+xml")


class Rules(pmi.GuardedView, TemplateView):
    """Which seals need two officers."""

    action = "crypto.seal-policy.change"
    template_name = "crypto/rules.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor: pmi.Actor = self.request.actor  # type: ignore[attr-defined]
        rules = seals.policies()
        held = pki.seal_holders()
        places = [item for item in identity.organisations() if actor.may(self.action, item.path)]
        found = [(item, rules.get(item.code, False)) for item in places if item.code in held]
        return super().get_context_data(seals=found, **kwargs)


class ChangeRule(pmi.AskingView):
    """Says whether a seal needs two officers."""

    action = "crypto.seal-policy.change"
    form_class = forms.SealPolicy
    template_name = "crypto/rule.html"

    def target(self) -> pmi.Target:
        code = self.kwargs["seal_code"]
        return pmi.Target(organisation=identity.organisation(code).path, subjects=(f"seal:{code}",))

    def get_initial(self) -> dict[str, Any]:
        return {"two_officers": seals.needs_two(self.kwargs["seal_code"])}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(place=identity.organisation(self.kwargs["seal_code"]), **kwargs)

    def perform(self, form: forms.SealPolicy) -> str:
        crypto.change_seal_policy(
            actor=self.actor,
            code=self.kwargs["seal_code"],
            two_officers=form.cleaned_data["two_officers"],
            at=timezone.now(),
        )
        return reverse("crypto:rules")

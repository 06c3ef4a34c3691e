"""Who used the services how much, and how much they may."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, TemplateView

from quancheng.kernel.refusal import Refusal
from quancheng.security.crypto import public as crypto
from quancheng.security.crypto import queries
from quancheng.security.crypto.config import config
from quancheng.security.crypto.engine.operations import OPERATIONS
from quancheng.security.crypto.web import forms
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi


class Usage(pmi.GuardedView, TemplateView):
    """The callers, who called most today first."""

    action = "crypto.usage.read"
    template_name = "crypto/usage.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor: pmi.Actor = self.request.actor  # type: ignore[attr-defined]
        page = queries.usage(actor=actor, at=timezone.now(), page=self.request.GET.get("page", 1))
        names = identity.names_of({item.organisation for item in page})
        return super().get_context_data(
            callers=[(item, names.get(item.organisation, item.organisation)) for item in page],
            page=page,
            usual=config.calls_a_day,
            resets_at=queries.resets_at(timezone.now()),
            **kwargs,
        )


class _OfCaller(pmi.GuardedView):
    def caller(self) -> queries.CallerUsage:
        """Return the caller in the address."""
        return queries.caller_usage(self.kwargs["quota_id"], at=timezone.now())

    def target(self) -> pmi.Target:
        found = self.caller()
        return pmi.Target(organisation=found.organisation, subjects=(found.caller,))


class Caller(_OfCaller, TemplateView):
    """One caller, day by day."""

    action = "crypto.usage.read"
    template_name = "crypto/caller.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found, actor = self.caller(), self.request.actor  # type: ignore[attr-defined]
        return super().get_context_data(
            caller=found,
            organisation_of_caller=identity.name_of(found.organisation),
            days=[
                (day, [(OPERATIONS[name].title, calls) for name, calls in day.by_operation if name in OPERATIONS])
                for day in found.days
            ],
            may_change=actor.may("crypto.quota.change", found.organisation),
            **kwargs,
        )


class ChangeQuota(_OfCaller, FormView):
    """Changes a caller's quota."""

    action = "crypto.quota.change"
    form_class = forms.Quota
    template_name = "crypto/quota.html"

    def get_initial(self) -> dict[str, Any]:
        found = self.caller()
        return {"calls_a_day": found.calls_a_day if found.own else None}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(caller=self.caller(), usual=config.calls_a_day, **kwargs)

    def form_valid(self, form: forms.Quota) -> HttpResponse:
        try:
            crypto.change_quota(
                actor=self.request.actor,  # type: ignore[attr-defined]
                quota_id=self.kwargs["quota_id"],
                calls_a_day=form.cleaned_data["calls_a_day"],
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        return redirect(reverse("crypto:caller", args=[self.kwargs["quota_id"]]))


class Api(pmi.GuardedView, TemplateView):
    """What the services take and answer, for people."""

    action = pmi.PUBLIC
    template_name = "crypto/api.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            operations=OPERATIONS.values(),
            base=self.request.build_absolute_uri(reverse("crypto-api:sign")).rpartition("/")[0],
            token=self.request.build_absolute_uri(reverse("idp:oidc:token")),
            largest=config.largest,
            **kwargs,
        )

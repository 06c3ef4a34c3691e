"""Erasures: the security administrator requests, the auditor decides."""

from abc import ABC, abstractmethod
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import actions, queries
from quancheng.security.trail.models import Erasure
from quancheng.security.trail.web import forms
from quancheng.security.trail.web.views.guard import Guarded

# What the entry calls queries.LAW, in the reader's language.
LAW = _("article 47 of the Personal Information Protection Law")


class Erasures(Guarded, TemplateView):
    """The requests, those that wait first."""

    action = "trail.erasure.read"
    template_name = "trail/erasures.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.enter()
        page = queries.erasures(seen=queries.seen_by(self.actor, self.action), page=self.number)
        return super().get_context_data(page=page, may_request=self.actor.may("trail.erasure.request", ""), **kwargs)


class _Ask(Guarded, FormView, ABC):
    """A form whose refusal is shown at its top and entered in the trail."""

    @abstractmethod
    def perform(self, form: Any) -> int:
        """Do it, and return the number of the request."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return redirect("trail:erasure", self.perform(form))
        except Refusal as refusal:
            self.enter(refusal.code)
            form.add_error(None, str(refusal))
            return self.form_invalid(form)


class RequestErasure(_Ask):
    """Asks for an erasure; shows what it would find."""

    action = "trail.erasure.request"
    form_class = forms.Erase
    template_name = "trail/erase.html"
    whole = True

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), **{name: self.request.GET.get(name, "")[:200] for name in ("kind", "name")}}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        kind, name = (context["form"][field].value() for field in ("kind", "name"))
        if name and kind in dict(forms.KINDS) | {"entry": ""}:
            context["extent"] = queries.extent(kind=kind, name=name, at=timezone.now())
        return context | {"law": LAW}

    def perform(self, form: forms.Erase) -> int:
        organisation = self.actor.organisation
        return actions.request_erasure(**form.cleaned_data, organisation=organisation, at=timezone.now(), **self.who)


class OneErasure(_Ask):
    """One request; another officer approves or refuses it."""

    action = "trail.erasure.read"
    form_class = forms.Decide
    template_name = "trail/erasure.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = queries.erasure(erasure_id=self.kwargs["erasure_id"])
        self.demand(self.action, found.organisation)
        self.enter(subjects=(f"trail-erasure:{found.pk}",))
        waiting = found.state == Erasure.State.WAITING
        extent = queries.extent(kind=found.kind, name=found.name, at=timezone.now()) if waiting else None
        own = found.requester_id == self.actor.id
        may_decide = waiting and not own and self.actor.may("trail.erasure.approve", found.organisation)
        return super().get_context_data(
            erasure=found, waiting=waiting, extent=extent, own=own, may_decide=may_decide, law=LAW, **kwargs
        )

    def perform(self, form: forms.Decide) -> int:
        number, now = self.kwargs["erasure_id"], timezone.now()
        place = queries.erasure(erasure_id=number).organisation
        if form.cleaned_data["decision"] == "approve":
            self.demand("trail.erasure.approve", place)
            actions.approve_erasure(erasure_id=number, at=now, **self.who)
        else:
            self.demand("trail.erasure.refuse", place)
            actions.refuse_erasure(erasure_id=number, reason=form.cleaned_data["reason"], at=now, **self.who)
        return number

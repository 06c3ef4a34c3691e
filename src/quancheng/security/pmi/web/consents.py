"""The citizens' page "my consents": what is asked for, what was given, given and withdrawn by one button each."""

from abc import ABC, abstractmethod
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import actions, adapters, queries


class Consents(actions.GuardedView, TemplateView):
    """Everything that one may agree to, with the state of each."""

    action, open_to = "pmi.consent.read", ("citizen",)
    template_name = "pmi/consents.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor = self.request.actor  # type: ignore[attr-defined]
        found = queries.offers(actor=actor, at=timezone.now())
        digests = {code: matter.digest() for code, matter in queries.matters().items()}
        return super().get_context_data(
            offers=[(offer, digests[offer.code]) for offer in found],
            checked=bool(adapters.directory().checked_person(actor.id)),
            **kwargs,
        )


class _Button(actions.GuardedView, ABC):
    """One button: it does one thing and leads back to the page."""

    http_method_names = ["post"]
    open_to = ("citizen",)
    done: Any = ""

    @abstractmethod
    def perform(self) -> None:
        """Do it."""

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        try:
            self.perform()
        except actions.Forbidden:
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, str(self.done))
        return redirect("pmi:consents")


class Give(_Button):
    action, done = "pmi.consent.give", _("You have agreed. You can withdraw this at any time.")

    def perform(self) -> None:
        days = self.request.POST.get("days", "")
        actions.give_consent(
            actor=self.request.actor,  # type: ignore[attr-defined]
            matter=self.kwargs["matter"],
            days=int(days) if days.isdecimal() and len(days) < 6 else 0,
            digest=self.request.POST.get("digest", ""),
            at=timezone.now(),
        )


class Withdraw(_Button):
    action, done = "pmi.consent.withdraw", _("Withdrawn. What was done before stays as it is.")

    def perform(self) -> None:
        actions.withdraw_consent(
            actor=self.request.actor,  # type: ignore[attr-defined]
            matter=self.kwargs["matter"],
            at=timezone.now(),
        )

"""A page with one form that performs one action."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import actions, queries
from quancheng.security.pmi.actions.simulating import SIMULATE
from quancheng.security.pmi.web import forms


class Act(actions.GuardedView, FormView, ABC):
    """A page with one form that performs one action. What the action refuses stands above the form."""

    request: Any
    form_class: type[Any] | None = forms.Confirm
    template_name = "pmi/act.html"
    heading: ClassVar[Any] = ""
    submit: ClassVar[Any] = _("Save")
    tone: ClassVar[str] = "primary"
    done: ClassVar[Any] = _("Saved.")

    def about(self) -> str:
        """Return what the reader should know before the form is sent; empty when the form says it all."""
        return ""

    @abstractmethod
    def perform(self, **wishes: Any) -> Any:
        """Perform the action with the cleaned data."""

    def back(self) -> str:
        """Return the address of the page to go to, afterwards and instead."""
        return reverse("pmi:separation") if self.request.actor.may("pmi.rule.read") else reverse("pmi:why")

    def trial(self) -> dict[str, str]:
        """Return what the page that tries a change needs to know beside this form; empty when there is none to try."""
        return {}

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            self.perform(actor=self.request.actor, **form.cleaned_data)
        except actions.Forbidden:
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, str(self.done))
        return redirect(self.back())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        trial = self.trial() if self.request.actor.may(SIMULATE) else {}
        return super().get_context_data(
            try_with=urlencode(trial),
            heading=self.heading,
            submit=self.submit,
            tone=self.tone,
            about=self.about(),
            cancel=self.back(),
            privileges=queries.known_privileges(),
            **kwargs,
        )

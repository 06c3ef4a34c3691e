"""A page with a form that asks for one thing, with its own words and layout."""

from abc import ABC, abstractmethod
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.generic import FormView

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi.actions.ways_in import Forbidden, GuardedView
from quancheng.security.pmi.rules import Actor


class AskingView(GuardedView, FormView, ABC):
    """A form whose refusal is shown at its top; who may not ask at all is refused the page."""

    @abstractmethod
    def perform(self, form: Any) -> str:
        """Do it, and return the address of the page that follows."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return redirect(self.perform(form))
        except Forbidden:
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.request.actor  # type: ignore[attr-defined]

"""A design on its way: submitted, taken back, reviewed, published."""

from abc import ABC, abstractmethod
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.designer import actions, queries
from quancheng.support.designer.engine import checking
from quancheng.support.designer.web import forms
from quancheng.support.designer.web.views.designs import marks
from quancheng.support.designer.web.views.pages import DesignPage, number


class Step(DesignPage, ABC):
    """A step of a design's way, then its page again."""

    def post(self, request: HttpRequest, design_id: int) -> HttpResponse:
        try:
            told = self.step(request, {"actor": request.actor, "design_id": design_id, "at": timezone.now()})  # type: ignore[attr-defined]
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, told)
        return redirect("designer:design", design_id)

    @abstractmethod
    def step(self, request: HttpRequest, wish: dict[str, Any]) -> str:
        """Take the step and return the sentence about it."""


class Submit(Step):
    """Submit the current revision for review."""

    action = "designer.design.submit"

    def step(self, request: HttpRequest, wish: dict[str, Any]) -> str:
        note = request.POST.get("note", "").replace("\0", "")
        actions.submit(base=number(request.POST.get("base", "")), note=note, **wish)
        return _("It waits for review by somebody who has not worked on it.")


class Withdraw(Step):
    """Take a design back from review."""

    action = "designer.design.submit"

    def step(self, request: HttpRequest, wish: dict[str, Any]) -> str:
        actions.withdraw(**wish)
        return _("It is a draft again.")


class Publish(Step):
    """Put an approved design to work."""

    action = "designer.design.publish"

    def target(self) -> pmi.Target:
        """Return where the design is published."""
        return queries.publishing_target(self.kwargs["design_id"])

    def step(self, request: HttpRequest, wish: dict[str, Any]) -> str:
        version = actions.publish(**wish)
        return _("It is at work as version %s. What runs already stays on its version.") % version


class Review(DesignPage):
    """What a review looks at: everything that is new, on the drawings and as a list; then yes or no."""

    action = "designer.design.review"

    def get(self, request: HttpRequest, design_id: int) -> HttpResponse:
        return self._page(request, design_id, forms.Reasons())

    def post(self, request: HttpRequest, design_id: int) -> HttpResponse:
        form = forms.Reasons(request.POST)
        wish: dict[str, Any] = {"actor": request.actor, "design_id": design_id, "at": timezone.now()}  # type: ignore[attr-defined]
        wish["base"] = number(request.POST.get("base", ""))
        if form.is_valid():
            try:
                if request.POST.get("verdict") == "approve":
                    actions.approve(reasons=form.cleaned_data["reasons"], **wish)
                    messages.success(request, _("It is approved and can be published."))
                else:
                    actions.send_back(reasons=form.cleaned_data["reasons"], **wish)
                    messages.success(request, _("It went back with your reasons."))
                return redirect("designer:design", design_id)
            except pmi.Forbidden:
                raise
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                return self._page(request, design_id, form, status=refusal.status)
        return self._page(request, design_id, form, status=422)

    def _page(self, request: HttpRequest, design_id: int, form: forms.Reasons, status: int = 200) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        design = queries.design(actor, design_id)
        found = queries.comparison(actor, design_id, number=design.current.number)
        context = {
            "design": design,
            "line": design.line,
            "comparison": found,
            "marks": marks(found),
            "faults": checking.check(design.line.kind, design.current.content),
            "review": design.last_review if design.last_review and design.last_review.outcome == "waiting" else None,
            "form": form,
            "may": self.may(request),
        }
        return render(request, "designer/review.html", context, status=status)

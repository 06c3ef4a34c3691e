"""What is sent from the case page: each one call to an action, and back to the page."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.business.approvals import actions, queries
from quancheng.business.approvals.web import forms
from quancheng.business.approvals.web.views.base import Page
from quancheng.business.approvals.web.views.cases import show
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi


class Decision(Page, ABC):
    """A decision about one application by the leading department.

    A refusal shows the page again with everything that was filled in; only a missing authorisation leaves it.
    """

    form_class: ClassVar[type[django_forms.Form]]
    name: ClassVar[str] = ""

    def target(self) -> pmi.Target:
        """Return the application at its leading department."""
        return queries.target(application_id=self.kwargs["application_id"])

    def post(self, request: HttpRequest, application_id: UUID) -> HttpResponse:
        form = self.form_class(request.POST, auto_id=f"{self.slot().rpartition(':')[2]}_%s")
        if not form.is_valid():
            return self.again(form, status=422)
        try:
            sentence = self.act(form.cleaned_data)
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            return self.again(form, refusal=refusal, status=refusal.status)
        messages.success(request, sentence)
        return redirect("approvals:case", application_id=application_id)

    def slot(self) -> str:
        """Return under which name the page keeps this form."""
        return self.name

    def again(self, form: django_forms.Form, *, status: int, refusal: Refusal | None = None) -> HttpResponse:
        """Show the page with what was filled in."""
        application_id = self.kwargs["application_id"]
        place = queries.place(self.actor, application_id)
        return show(
            self.request,
            self.actor,
            application_id,
            place,
            filled={self.slot(): form},
            asked=self.asked(),
            refusal=refusal,
            status=status,
        )

    def asked(self) -> dict[str, Any]:
        """Return which corrections were marked, to show them again."""
        return {}

    @abstractmethod
    def act(self, given: dict[str, Any]) -> str:
        """Perform the action and return a sentence about it."""


class Accept(Decision):
    """Accept an application."""

    action, form_class, name = "approvals.application.accept", forms.Acceptance, "acceptance"

    def act(self, given: dict[str, Any]) -> str:
        actions.accept(
            actor=self.actor,
            application_id=self.kwargs["application_id"],
            at=timezone.now(),
            comment=given["comment"],
        )
        return _("The application is accepted; the departments have it now.")


class RefuseAcceptance(Decision):
    """Refuse to accept an application."""

    action, form_class, name = "approvals.application.refuse-acceptance", forms.Refusal, "refusal"

    def act(self, given: dict[str, Any]) -> str:
        actions.refuse_acceptance(
            actor=self.actor,
            application_id=self.kwargs["application_id"],
            reasons=given["reasons"],
            at=timezone.now(),
        )
        return _("Acceptance is refused; the letter is being made.")


class RequestCorrections(Decision):
    """Ask once for everything that has to be corrected.

    Sent as `item` (material:<code> or field:<key>, repeated) with `reason-<item>` for each.
    """

    action, form_class, name = "approvals.application.request-corrections", django_forms.Form, "corrections"

    def asked(self) -> dict[str, Any]:
        """Return the reasons by item."""
        return {item: self.request.POST.get(f"reason-{item}", "") for item in self.request.POST.getlist("item")}

    def act(self, given: dict[str, Any]) -> str:
        application_id = self.kwargs["application_id"]
        known = {
            item.key: item
            for item in queries.askable(
                actor=self.actor,
                application_id=application_id,
                place=queries.place(self.actor, application_id),
            )
        }
        items = []
        for key, reason in self.asked().items():
            if key in known:
                kind, _colon, code = key.partition(":")
                items.append({kind: code, "title": known[key].title, "reason": reason, "basis": known[key].basis})
        actions.request_corrections(actor=self.actor, application_id=application_id, items=items, at=timezone.now())
        return _("The applicant has been told everything that is to be corrected.")


class GiveOpinion(Decision):
    """Give a department's opinion on its part."""

    action, form_class = "approvals.opinion.give", forms.OpinionForm

    def target(self) -> pmi.Target:
        """Return the application at the department of the part."""
        return queries.part_target(application_id=self.kwargs["application_id"], part=self.request.POST.get("part", ""))

    def slot(self) -> str:
        return f"opinion:{self.request.POST.get('part', '')}"

    def act(self, given: dict[str, Any]) -> str:
        actions.give_opinion(actor=self.actor, application_id=self.kwargs["application_id"], at=timezone.now(), **given)
        return _("Your department's opinion is recorded.")


class Decide(Decision):
    """Decide an application."""

    action, form_class, name = "approvals.application.decide", forms.DecisionForm, "decision"

    def act(self, given: dict[str, Any]) -> str:
        actions.decide(
            actor=self.actor,
            application_id=self.kwargs["application_id"],
            grant=given["outcome"] == "grant",
            reasons=given["reasons"],
            at=timezone.now(),
        )
        return _("The decision is made; the result is being prepared and will be delivered by itself.")

"""Pages: privileges taken in an emergency, taking one, reviewing one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import actions, queries
from quancheng.security.pmi.config import config
from quancheng.security.pmi.queries.emergencies import SESSION
from quancheng.security.pmi.rules import Actor, Target
from quancheng.security.pmi.web import forms
from quancheng.security.pmi.web.act import Act

READ, REVIEW, TAKE = "pmi.emergency.read", "pmi.emergency.review", "pmi.emergency.take"


class Emergencies(actions.GuardedView, TemplateView):
    """What was taken in emergencies: running, waiting for the review, overdue, reviewed. Everybody sees their own."""

    action, open_to = READ, ("staff",)
    template_name = "pmi/emergencies.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor: Actor = self.request.actor  # type: ignore[attr-defined]
        seen = queries.visible(actor, READ, organisation="organisation", owner="actor_id", open_to=self.open_to)
        return super().get_context_data(
            emergencies=queries.emergencies(seen=seen), may_take=actor.may(TAKE), may_review=actor.may(REVIEW), **kwargs
        )


class TakeEmergency(Act):
    """Asks for what, where and why; from then on everything that needs it stands marked in the trail."""

    action, form_class, heading, tone = TAKE, forms.Emergency, _("Take a privilege in an emergency"), "danger"
    submit, done = _("Take it, and account for it"), _("Taken. It counts from now on, and will be reviewed.")

    def about(self) -> str:
        facts = {"minutes": config.emergency_minutes, "days": config.review_days}
        text = gettext(
            "It counts for %(minutes)s minutes. Everything done under it is marked in the trail, those who review "
            "such things are told at once, and one of them judges it within %(days)s days."
        )
        return text % facts

    def back(self) -> str:
        return reverse("pmi:emergencies")

    def perform(self, **wishes: Any) -> Any:
        try:
            taken = actions.take_emergency(at=timezone.now(), **wishes)
        except actions.StillRunning as running:
            # Whoever signed out in between and took it again has it in the new session, too.
            self.request.session[SESSION] = running.facts["emergency"]
            raise
        self.request.session[SESSION] = str(taken)
        return taken


class Emergency(actions.GuardedView, FormView):
    """One authorisation with everything that was done under it, and the form that closes its review."""

    action, open_to = READ, ("staff",)
    form_class = forms.Review
    template_name = "pmi/emergency.html"

    def target(self) -> Target:
        found = queries.emergency(self.kwargs["emergency_id"])
        return Target(found.organisation, found.actor_id, (found.subject,))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = queries.emergency(self.kwargs["emergency_id"])
        actor: Actor = self.request.actor  # type: ignore[attr-defined]
        may = found.reviewed_at is None and found.actor_id != actor.id and actor.may(REVIEW, found.organisation)
        asked = self.request.GET.get("page", "")
        deeds = queries.deeds(found.id, int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 1)
        return super().get_context_data(
            emergency=found,
            deeds=deeds,
            # That it was done under this very authorisation is said by the page.
            lines=[
                {
                    "id": item.id,
                    "at": item.at,
                    "action": item.action,
                    "outcome": item.outcome,
                    "about": [name for name in item.subjects if name != found.subject],
                }
                for item in deeds.items
            ],
            may_review=may,
            may_read=actor.may("trail.entry.read"),
            **kwargs,
        )

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            actions.review_emergency(
                actor=self.request.actor,  # type: ignore[attr-defined]
                emergency_id=self.kwargs["emergency_id"],
                justified=form.cleaned_data["justified"] == "yes",
                finding=form.cleaned_data["finding"],
                at=timezone.now(),
            )
        except actions.Forbidden:
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, str(_("The review is closed.")))
        return redirect("pmi:emergencies")

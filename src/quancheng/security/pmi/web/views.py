"""Pages: why somebody may or may not, who holds which role, who must stand apart."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import actions, adapters, queries
from quancheng.security.pmi.rules import SIGNED_IN, Actor, Target
from quancheng.security.pmi.web import forms
from quancheng.security.pmi.web.act import Act

READ_OTHERS = "pmi.why.read"


def _person(actor: Actor, username: str, privilege: str) -> Actor:
    """Return the actor of `username`, or `actor` without one. :raises Forbidden: who may not ask about others."""
    if not username:
        return actor
    found = adapters.directory().actor_of(username)
    if found.id != actor.id:
        actions.demand(actor, privilege, Target(organisation=found.organisation, subjects=(found.id,)))
    return found


class Why(actions.GuardedView):
    """Why may I, or why not? The page, and with `Accept: application/json` the same answer for programs."""

    action = SIGNED_IN

    def get(self, request: HttpRequest) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        form = forms.Question(request.GET or None, others=actor.may(READ_OTHERS))
        answer = None
        if form.is_bound and form.is_valid():
            asked = form.cleaned_data
            declared = actions.actions().get(asked["privilege"])
            try:
                answer = queries.explain(
                    _person(actor, asked.get("person", ""), READ_OTHERS),
                    asked["privilege"],
                    organisation=asked["organisation"],
                    subject=asked["subject"],
                    open_to=getattr(declared, "open_to", ()),
                    step_up=getattr(declared, "step_up", False),
                )
            except actions.Forbidden:
                raise
            except Refusal as refusal:
                form.add_error("person", str(refusal))
        if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
            if answer is None:
                return JsonResponse({"errors": form.errors}, status=400)
            return JsonResponse(asdict(answer), json_dumps_params={"ensure_ascii": False})
        context = {"form": form, "answer": answer, "privileges": queries.known_privileges()}
        return render(request, "pmi/why.html", context)


class Roles(actions.GuardedView, TemplateView):
    """The roles with their posts and members, and how much of each app they hold."""

    action = "pmi.role.read"
    template_name = "pmi/roles.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sheet = queries.role_sheet(seen=lambda place: self.request.actor.may(self.action, place))  # type: ignore[attr-defined]
        empty = "empty" in self.request.GET
        return super().get_context_data(
            sheet=sheet, lines=sheet.empty if empty else sheet.lines, only_empty=empty, **kwargs
        )


class Separation(actions.GuardedView, TemplateView):
    """The pairs of privileges that must stay apart, and the recusals."""

    action = "pmi.rule.read"
    template_name = "pmi/separation.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor = self.request.actor  # type: ignore[attr-defined]
        return super().get_context_data(
            conflicts=queries.conflicts(),
            recusals=queries.recusals(
                seen=queries.visible(actor, self.action, organisation="organisation", owner="actor_id")
            ),
            may_make=actor.may("pmi.conflict.make"),
            may_end=actor.may("pmi.conflict.end"),
            may_lift=actor.may("pmi.recusal.end"),
            **kwargs,
        )


class NewConflict(Act):
    action, form_class, heading = "pmi.conflict.make", forms.Conflict, _("New rule of separation")

    def get_initial(self) -> dict[str, Any]:
        return {name: self.request.GET.get(name, "")[:120] for name in ("first", "second")}

    def trial(self) -> dict[str, str]:
        return {"kind": "RULE"}

    def perform(self, **wishes: Any) -> Any:
        return actions.make_conflict(**wishes)


class EndConflict(Act):
    action, heading, submit, tone = "pmi.conflict.end", _("Lift this rule?"), _("Lift"), "danger"

    def trial(self) -> dict[str, str]:
        rules = {item.id: item for item in queries.conflicts()}
        found = rules.get(self.kwargs["conflictrule_id"])
        return {"kind": "UNRULE", "first": found.first, "second": found.second} if found else {}

    def perform(self, **wishes: Any) -> Any:
        return actions.end_conflict(rule_id=self.kwargs["conflictrule_id"], **wishes)


class NewRecusal(Act):
    """Staff declare their own; with the privilege, somebody else's."""

    action, open_to = "pmi.recusal.make", ("staff",)
    form_class, heading, submit = forms.Recusal, _("Recuse from a matter"), _("Recuse")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "others": self.request.actor.may(self.action)}

    def get_initial(self) -> dict[str, Any]:
        return {"subject": self.request.GET.get("subject", "")[:120]}

    def trial(self) -> dict[str, str]:
        return {"kind": "RECUSE"}

    def perform(self, **wishes: Any) -> Any:
        actor, subject, reason = wishes["actor"], wishes["subject"], wishes["reason"]
        found = _person(actor, wishes.get("person", ""), self.action)
        return actions.make_recusal(
            actor=actor,
            actor_id=found.id,
            actor_name=found.name,
            organisation=found.organisation,
            subject=subject.strip(),
            reason=reason,
            at=timezone.now(),
        )


class EndRecusal(Act):
    action, heading, submit, tone = "pmi.recusal.end", _("Lift this recusal?"), _("Lift"), "danger"

    def target(self) -> Target:
        found = queries.recusal(self.kwargs["recusal_id"])
        return Target(found.organisation, subjects=(found.actor_id, f"recusal:{found.subject}"))

    def trial(self) -> dict[str, str]:
        found = queries.recusal(self.kwargs["recusal_id"])
        return {"kind": "UNRECUSE", "person": found.actor_id, "subject": found.subject}

    def perform(self, **wishes: Any) -> Any:
        return actions.end_recusal(recusal_id=self.kwargs["recusal_id"], at=timezone.now(), **wishes)

"""Pages: one role with the terms of its privileges, changing them after a preview; declaring a purpose."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.generic import FormView, TemplateView

from quancheng.kernel import asked
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import actions, queries, rules
from quancheng.security.pmi.actions.purposes import SESSION
from quancheng.security.pmi.actions.simulating import SIMULATE
from quancheng.security.pmi.queries.terms import conditions, scope_title
from quancheng.security.pmi.rules import Target
from quancheng.security.pmi.web import forms
from quancheng.security.pmi.web.act import Act

CHANGE, WITHDRAW = "pmi.role.change", "pmi.role.withdraw"


class _OfRole(actions.GuardedView):
    """A page about one role."""

    action = "pmi.role.read"

    def target(self) -> Target:
        return Target(subjects=(f"role:{self.kwargs['code']}",))

    @property
    def role(self) -> queries.RoleView:
        """The role in the address."""
        return queries.role(self.kwargs["code"])

    @property
    def privilege(self) -> str:
        """The privilege in the address, as far as one stands there."""
        return self.request.GET.get("privilege", "")[:120]


class Role(_OfRole, TemplateView):
    """A role: who holds it, and on what terms it holds each privilege."""

    template_name = "pmi/role.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor = self.request.actor  # type: ignore[attr-defined]
        return super().get_context_data(
            role=self.role,
            seats=queries.seats_of(self.kwargs["code"], lambda place: actor.may(self.action, place)),
            may_change=actor.may(CHANGE),
            may_withdraw=actor.may(WITHDRAW),
            may_try=actor.may(SIMULATE),
            **kwargs,
        )


class ChangeTerms(_OfRole, FormView):
    """Scope, period and conditions of one privilege of a role. The first sending shows what would change."""

    action = CHANGE
    form_class = forms.TermsOfPrivilege
    template_name = "pmi/terms.html"

    def get_initial(self) -> dict[str, Any]:
        tried = self._tried()
        terms = tried.terms if tried else self.role.terms(self.privilege) or rules.PLAIN
        return forms.TermsOfPrivilege.initial_of(self.privilege, terms)

    def _tried(self) -> rules.Change | None:
        """Return the change of this privilege that was tried and is now to be made."""
        try:
            key = uuid.UUID(self.request.GET.get("tried", ""))
            actor = self.request.actor  # type: ignore[attr-defined]
            found = queries.simulation(key)
        except (ValueError, queries.NoSuchSimulation):
            return None
        change = found.change
        fits = (change.role, change.privilege) == (self.kwargs["code"], self.privilege)
        return change if fits and found.maker_id == actor.id else None

    def form_valid(self, form: Any) -> HttpResponse:
        privilege, terms = form.cleaned_data["privilege"], form.terms
        if "save" not in self.request.POST:
            return self.render_to_response(self.get_context_data(form=form, preview=self.preview(privilege, terms)))
        try:
            actions.change_terms(
                actor=self.request.actor,  # type: ignore[attr-defined]
                code=self.kwargs["code"],
                privilege=privilege,
                terms=terms.plain(),
            )
        except actions.Forbidden:
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("Saved."))
        return redirect("pmi:role", self.kwargs["code"])

    def preview(self, privilege: str, terms: rules.Terms) -> dict[str, Any]:
        """Return what the role holds now and what it would hold, in words, and for whom."""
        now = self.role.terms(privilege)
        return {
            "privilege": privilege,
            "now": (scope_title(now), *conditions(now)) if now else (),
            "then": (scope_title(terms), *conditions(terms)),
            "same": now == terms,
            "seats": queries.seats_of(
                self.kwargs["code"],
                lambda place: self.request.actor.may("pmi.role.read", place),  # type: ignore[attr-defined]
            ),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_try = self.request.actor.may(SIMULATE)  # type: ignore[attr-defined]
        return super().get_context_data(
            role=self.role, privileges=queries.known_privileges(), may_try=may_try, **kwargs
        )


class WithdrawPrivilege(Act):
    """Asks once more, then takes a privilege from a role."""

    action, submit, tone = WITHDRAW, pgettext_lazy("a privilege", "Withdraw"), "danger"
    form_class = forms.Withdrawal

    def target(self) -> Target:
        return Target(subjects=(f"role:{self.kwargs['code']}",))

    @property
    def heading(self) -> str:  # type: ignore[override]
        return _("Withdraw a privilege from the role %(role)s") % {"role": queries.role(self.kwargs["code"]).title}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "held": queries.role(self.kwargs["code"]).privileges}

    def get_initial(self) -> dict[str, Any]:
        return {"privilege": self.request.GET.get("privilege", "")}

    def back(self) -> str:
        return reverse("pmi:role", args=[self.kwargs["code"]])

    def trial(self) -> dict[str, str]:
        return {"kind": "WITHDRAW", "role": self.kwargs["code"]}

    def perform(self, **wishes: Any) -> Any:
        return actions.withdraw_privilege(code=self.kwargs["code"], **wishes)


class Purpose(actions.GuardedView, FormView):
    """What somebody acts for in this session. Privileges held for certain purposes open once one is declared."""

    action, open_to = "pmi.purpose.declare", ("staff",)
    form_class = forms.Purpose
    template_name = "pmi/purpose.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        actor = self.request.actor  # type: ignore[attr-defined]
        return {
            **super().get_form_kwargs(),
            "purposes": queries.purposes_of(actor),
            "own_words": queries.says_why(actor),
        }

    def get_initial(self) -> dict[str, Any]:
        purpose, actor = self.request.session.get(SESSION, ""), self.request.actor  # type: ignore[attr-defined]
        field = "purpose" if purpose in queries.purposes_of(actor) else "words"
        return {field: purpose, "next": self.request.GET.get("next")}

    def form_valid(self, form: Any) -> HttpResponse:
        purpose = actions.declare_purpose(
            actor=self.request.actor,  # type: ignore[attr-defined]
            purpose=form.cleaned_data.get("words") or form.cleaned_data.get("purpose", ""),
        )
        self.request.session[SESSION] = purpose
        messages.success(self.request, _("Your purpose has been noted."))
        return HttpResponseRedirect(asked.onward(self.request, form.cleaned_data["next"], reverse("pmi:purpose")))

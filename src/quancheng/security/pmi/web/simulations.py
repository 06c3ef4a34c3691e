"""Pages: trying a change on the trail before it is made, and what came out."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import actions, queries
from quancheng.security.pmi.actions.simulating import AT_ONCE, SIMULATE
from quancheng.security.pmi.rules import Actor, ChangeKind, Target
from quancheng.security.pmi.web import trying
from quancheng.security.pmi.web.act import Act

DELETE = "pmi.simulation.delete"


class Simulations(actions.GuardedView, TemplateView):
    """The changes that one has tried, and the kinds of change there are to try."""

    action = SIMULATE
    template_name = "pmi/simulations.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor: Actor = self.request.actor  # type: ignore[attr-defined]
        seen = queries.visible(actor, DELETE, owner="maker_id", open_to=("staff",))
        found = [(item, queries.in_figures(item)) for item in queries.simulations(seen=seen)]
        kinds = [(kind.value, title) for kind, title in trying.TITLES.items()]
        return super().get_context_data(simulations=found, kinds=kinds, **kwargs)


class NewSimulation(actions.GuardedView, FormView):
    """Asks for one change and a period, and tries it. The pages of the changes themselves lead here."""

    action = SIMULATE
    template_name = "pmi/try.html"
    request: Any

    @property
    def kind(self) -> ChangeKind:
        """The kind of change in the address; the terms of a privilege when none stands there."""
        asked = self.request.GET.get("kind", "")
        return ChangeKind(asked) if asked in trying.TRIALS else ChangeKind.TERMS

    def get_form_class(self) -> type[trying.Trial]:
        return trying.TRIALS[self.kind]

    def get_initial(self) -> dict[str, Any]:
        asked = {name: value[:200] for name, value in self.request.GET.items()}
        return self.get_form_class().initial_of(asked)

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        if "data" in kwargs:
            # The page of a role sends its own form, which need not say again which role it is.
            kwargs["data"] = kwargs["data"].copy()
            for name in ("role", "post", "person", "first", "second", "subject"):
                if name in self.request.GET and name not in kwargs["data"]:
                    kwargs["data"][name] = self.request.GET[name]
        return kwargs

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            made = actions.simulate(
                actor=self.request.actor,
                change=form.change(),
                since=form.cleaned_data["first_day"],
                until=form.cleaned_data["last_day"],
                at=timezone.now(),
            )
        except actions.Forbidden:
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        # Most are done at once; what is longer the worker goes on with.
        actions.advance(simulation_id=made, seconds=AT_ONCE, at=timezone.now())
        return redirect("pmi:simulation", made)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            heading=trying.TITLES[self.kind],
            explained=trying.EXPLAINED.get(self.kind, ""),
            privileges=queries.known_privileges(),
            **kwargs,
        )


class Simulation(actions.GuardedView, TemplateView):
    """What came out: who could no longer do what they did, who could do what was refused, what could not be judged."""

    action, open_to = DELETE, ("staff",)
    template_name = "pmi/simulation.html"

    def target(self) -> Target:
        return queries.target_of(self.kwargs["simulation_id"])

    def get_template_names(self) -> list[str]:
        return ["pmi/parts/simulation.html" if "HX-Request" in self.request.headers else self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = queries.simulation(self.kwargs["simulation_id"])
        return super().get_context_data(
            simulation=found,
            back=back_to(found),
            may_read=self.request.actor.may("trail.entry.read"),  # type: ignore[attr-defined]
            **kwargs,
        )


class DeleteSimulation(Act):
    action, open_to = DELETE, ("staff",)
    heading, submit, tone = _("Delete this simulation?"), _("Delete"), "danger"

    def target(self) -> Target:
        return queries.target_of(self.kwargs["simulation_id"])

    def back(self) -> str:
        return reverse("pmi:simulations")

    def perform(self, **wishes: Any) -> Any:
        return actions.delete_simulation(simulation_id=self.kwargs["simulation_id"], **wishes)

    def form_valid(self, form: Any) -> HttpResponse:
        actions.delete_simulation(actor=self.request.actor, simulation_id=self.kwargs["simulation_id"])
        messages.success(self.request, str(_("Deleted.")))
        return redirect(self.back())


def back_to(found: queries.SimulationView) -> str:
    """Return the address of the page on which the tried change is made, empty where it is made elsewhere."""
    change = found.change
    if change.kind in {ChangeKind.TERMS, ChangeKind.WITHDRAW}:
        page = "pmi:terms" if change.kind is ChangeKind.TERMS else "pmi:withdraw"
        wish = {"privilege": change.privilege}
        if change.kind is ChangeKind.TERMS:
            wish["tried"] = str(found.id)
        return f"{reverse(page, args=[change.role])}?{urlencode(wish)}"
    if change.kind is ChangeKind.RULE:
        return f"{reverse('pmi:new-conflict')}?{urlencode({'first': change.first, 'second': change.second})}"
    if change.kind in {ChangeKind.UNRULE, ChangeKind.UNRECUSE}:
        return reverse("pmi:separation")
    if change.kind is ChangeKind.RECUSE:
        return f"{reverse('pmi:new-recusal')}?{urlencode({'subject': change.subject})}"
    return ""

"""Pages about one's own posts: in which of them one acts, and who acts in them for a time."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import actions, queries, rules
from quancheng.security.identity.web import forms
from quancheng.security.identity.web.views import Act, Page
from quancheng.security.pmi import public as pmi


class Seats(Page):
    """The posts in which I may act, and the delegations on both sides."""

    action = "identity.seat.choose"
    open_to = ("staff",)
    template_name = "identity/seats.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.request.user
        found = queries.seats(account.pk)
        given, held = queries.delegations(account.pk)
        chosen = self.request.session.get(rules.SEAT, "")
        return super().get_context_data(
            seats=found,
            chosen=chosen if chosen in {seat.key for seat in found} else "",
            given=given,
            held=held,
            may_delegate=any(not seat.on_behalf_of for seat in found),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.ChooseSeat(request.POST)
        form.is_valid()
        try:
            seat = actions.choose_seat(
                actor=self.request.actor, account_id=self.request.user.pk, seat=form.cleaned_data.get("seat", "")
            )
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("identity:seats")
        request.session[rules.SEAT] = seat
        messages.success(
            request,
            gettext("From now on you act in this post only.") if seat else gettext("You act in all your posts again."),
        )
        return redirect("identity:seats")


class Delegate(Act):
    """Letting a colleague act in one of my posts."""

    action, open_to = "identity.delegation.make", ("staff",)
    form_class, heading, submit = forms.NewDelegation, _("Delegate a post"), _("Delegate")
    done = _("Delegated. Everything done in your name carries both names in the trail.")

    def target(self) -> pmi.Target:
        return pmi.Target(owner=self.request.actor.id)

    def back(self) -> str:
        return reverse("identity:seats")

    def about(self) -> str:
        return gettext("The deputy may do what the post allows, in your name, until the last day or until you end it.")

    def get_form_kwargs(self) -> dict[str, Any]:
        own = [seat for seat in queries.seats(self.request.user.pk) if not seat.on_behalf_of]
        return {
            **super().get_form_kwargs(),
            "posts": [(seat.key.partition(":")[2], f"{seat.organisation_name} · {seat.post}") for seat in own],
            "colleagues": queries.colleagues(self.request.user.pk),
        }

    def perform(self, **wishes: Any) -> Any:
        return actions.make_delegation(giver_id=self.request.user.pk, **wishes)


class EndDelegation(Act):
    """Taking a post back before the last day."""

    action, open_to = "identity.delegation.end", ("staff",)
    form_class, heading, submit, tone = forms.Confirm, _("End this delegation now?"), _("End"), "danger"
    done = _("The delegation has ended; the deputy's next click is refused.")

    @cached_property
    def delegation(self) -> queries.DelegationView:
        return queries.delegation(self.kwargs["delegation_id"])

    def target(self) -> pmi.Target:
        return pmi.Target(
            organisation=self.delegation.organisation,
            owner=f"account:{self.delegation.giver_id}",
            subjects=(f"delegation:{self.delegation.id}",),
        )

    def back(self) -> str:
        mine = self.delegation.giver_id == self.request.user.pk
        return reverse("identity:seats") if mine else reverse("identity:account", args=[self.delegation.giver_id])

    def about(self) -> str:
        return gettext("%(post)s of %(giver)s, delegated to %(deputy)s") % {
            "post": self.delegation.post,
            "giver": self.delegation.giver,
            "deputy": self.delegation.deputy,
        }

    def perform(self, **wishes: Any) -> Any:
        return actions.end_delegation(delegation_id=self.delegation.id, at=timezone.now(), **wishes)

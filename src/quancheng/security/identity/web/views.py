"""Pages: one's own account, and the administration of organisations, posts and accounts."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import actions, queries, rules
from quancheng.security.identity.queries import proofs
from quancheng.security.identity.web import forms
from quancheng.security.pmi import public as pmi


def target_of_organisation(code: str) -> pmi.Target:
    return pmi.Target(organisation=queries.organisation(code).path, subjects=(f"organisation:{code}",))


class Guarded(pmi.GuardedView):
    """A page that tells nobody what exists: who may not ask gets the same answer for a thing and for none."""

    request: Any

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        try:
            return super().dispatch(request, *args, **kwargs)
        except Refusal as refusal:
            if refusal.status == HTTPStatus.NOT_FOUND and actor.kind != "anonymous":
                pmi.demand(actor, self.action)
            raise


class Page(Guarded, TemplateView):
    """A page to read."""


class Profile(Page):
    """My account: who I am here, what I may do, how I sign in."""

    action = pmi.SIGNED_IN
    template_name = "identity/profile.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor = self.request.actor
        names = queries.names_of({grant.organisation for grant in actor.grants})
        held: dict[str, list[str]] = {}
        for grant in actor.grants:
            held.setdefault(names.get(grant.organisation, grant.organisation), []).append(grant.privilege)
        return super().get_context_data(account=queries.account(actor.id), privileges=sorted(held.items()), **kwargs)


class Organisations(Page):
    """The tree of organisations, as it is today or was on another day, and the changes to come."""

    action = "identity.organisation.read"
    template_name = "identity/organisations.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = forms.Tree(self.request.GET)
        wish: dict[str, Any] = form.cleaned_data if form.is_valid() else {"q": "", "at": None}
        search, today = wish["q"], timezone.localdate()
        day = wish["at"] or today
        found = queries.tree_on(day) if day < today else queries.organisations()
        # The tree of an earlier day is put together by hand, so its few rows are asked about one by one.
        found = tuple(item for item in found if self.request.actor.may(self.action, item.path))
        known = {item.code for item in found}
        if search:
            found = tuple(
                item for item in found if search in item.name or search in item.short_name or search in item.code
            )
        coming = queries.restructurings(planned_only=True)
        return super().get_context_data(
            form=form,
            organisations=found,
            search=search,
            day=day if day != today else None,
            is_past=day < today,
            coming=tuple(
                item
                for item in coming
                if (day <= today or item.effective_on <= day)
                and not known.isdisjoint({item.organisation, *item.sources})
            ),
            may_withdraw=self.request.actor.may("identity.organisation.withdraw-change"),
            may_import=self.request.actor.may("identity.directory.import"),
            **kwargs,
        )


class Organisation(Page):
    """One organisation: its names through time, its posts, what lies below it."""

    action = "identity.organisation.read"
    template_name = "identity/organisation.html"

    def target(self) -> pmi.Target:
        return target_of_organisation(self.kwargs["code"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        code, actor = self.kwargs["code"], self.request.actor
        shown = queries.organisation(code)
        return super().get_context_data(
            organisation=shown,
            names=queries.former_names(code),
            posts=queries.posts(code),
            children=queries.children(shown.path),
            places=queries.former_places(code),
            restructurings=queries.restructurings(code=code),
            may_withdraw=actor.may("identity.organisation.withdraw-change", shown.path),
            exists=shown.valid_until is None or shown.valid_until >= timezone.localdate(),
            may_restructure={
                kind: actor.may(f"identity.organisation.{kind}", shown.path)
                for kind in ("rename", "move", "merge", "split", "close")
            },
            may_create=actor.may("identity.organisation.create", shown.path),
            may_create_post=actor.may("identity.post.create", shown.path),
            may_change_roles=actor.may("identity.post.change-roles", shown.path),
            **kwargs,
        )


class Act(Guarded, FormView, ABC):
    """A page with one form that performs one action. What the action refuses stands above the form."""

    form_class: type[Any] | None = None
    template_name = "identity/act.html"
    heading: ClassVar[Any] = ""
    submit: ClassVar[Any] = _("Save")
    tone: ClassVar[str] = "primary"
    done: ClassVar[Any] = _("Saved.")

    @abstractmethod
    def perform(self, **wishes: Any) -> Any:
        """Perform the action with the cleaned data."""

    @abstractmethod
    def back(self) -> str:
        """Return the address of the page to go to, afterwards and instead."""

    def about(self) -> str:
        """Return what the action is about, in words."""
        return ""

    def trial(self) -> dict[str, str]:
        """Return which change the page that tries changes would begin with; empty when there is none to try."""
        return {}

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            self.result = self.perform(actor=self.request.actor, **form.cleaned_data)
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, str(self.done))
        return redirect(self.back())

    def get_initial(self) -> dict[str, Any]:
        return {"valid_from": timezone.localdate()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            heading=self.heading,
            submit=self.submit,
            tone=self.tone,
            about=self.about(),
            cancel=self.back(),
            try_with=urlencode(self.trial()),
            **kwargs,
        )


class PreviewedAct(Act, ABC):
    """An act that is shown with all its consequences before it is carried out.

    It is carried out only when the consequences are still those that the page has shown: after another wish or another
    person's change they are shown again.
    """

    template_name = "identity/previewed.html"
    submit = _("Show what would happen")
    carry_out: ClassVar[Any] = _("Carry out")

    @abstractmethod
    def preview(self, **wishes: Any) -> Iterable[queries.Consequence]:
        """Return what the action would bring with the cleaned data; raise what it would refuse."""

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            shown = tuple(self.preview(**form.cleaned_data))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        seen, before = rules.fingerprint(f"{item.kind} {item.text}" for item in shown), self.request.POST.get("seen")
        if before == seen and "carry-out" in self.request.POST:
            return super().form_valid(form)
        context = self.get_context_data(form=form, shown=shown, seen=seen, changed=bool(before and before != seen))
        return self.render_to_response(context | {"carry_out": self.carry_out})


class ActOnOrganisation(Act):
    def target(self) -> pmi.Target:
        return target_of_organisation(self.kwargs["code"])

    def back(self) -> str:
        return reverse("identity:organisation", args=[self.kwargs["code"]])

    def about(self) -> str:
        return queries.organisation(self.kwargs["code"]).name


class NewOrganisation(ActOnOrganisation):
    action, form_class, heading = "identity.organisation.create", forms.NewOrganisation, _("New organisation below")

    def perform(self, **wishes: Any) -> Any:
        return actions.create_organisation(parent=self.kwargs["code"], **wishes)


class Accounts(Page):
    """The accounts of the places at which I may read them."""

    action = "identity.account.read"
    template_name = "identity/accounts.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        search, number = self.request.GET.get("q", "").strip(), self.request.GET.get("page", "1")
        actor = self.request.actor
        page = queries.accounts(
            actor=actor,
            search=search,
            page=int(number) if number.isdecimal() and len(number) < 9 else 1,
        )
        return super().get_context_data(
            page=page,
            search=search,
            may_create=actor.may("identity.account.create"),
            may_join=actor.may("identity.staff.join"),
            **kwargs,
        )


class Account(Page):
    """One account with its appointments."""

    action = "identity.account.read"
    template_name = "identity/account.html"

    def target(self) -> pmi.Target:
        account_id = self.kwargs["account_id"]
        return pmi.Target(organisation=queries.place_of(account_id), subjects=(f"account:{account_id}",))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor, account_id = self.request.actor, self.kwargs["account_id"]
        place = self.target().organisation
        return super().get_context_data(
            account=queries.read_account(actor=actor, account_id=account_id),
            sessions=queries.read_sessions(actor=actor, account_id=account_id)
            if actor.may("identity.session.read", place)
            else None,
            may_end_sessions=actor.may("identity.session.end", place),
            delegations=queries.delegations(account_id)[0],
            may_end_delegations=actor.may("identity.delegation.end", place),
            may_deactivate=actor.may("identity.account.deactivate", place),
            may_activate=actor.may("identity.account.activate", place),
            may_set_password=actor.may("identity.account.set-password", place),
            bindings=proofs.bindings(account_id),
            may_bind=actor.may("identity.certificate.bind", place),
            may_unbind=actor.may("identity.certificate.unbind", place),
            invited_until=queries.open_invitation(account_id),
            departure=queries.coming_departure(account_id),
            may={name: actor.may(f"identity.staff.{name}", place) for name in ("invite", "leave", "stay")},
            may_move=actor.may("identity.staff.move"),
            may_appoint=actor.may("identity.appointment.make"),
            may_end=actor.places("identity.appointment.end"),
            **kwargs,
        )


class NewAccount(Act):
    action, form_class, heading = "identity.account.create", forms.NewAccount, _("New staff account")
    result: uuid.UUID | None = None

    def back(self) -> str:
        return reverse("identity:account", args=[self.result]) if self.result else reverse("identity:accounts")

    def perform(self, **wishes: Any) -> Any:
        return actions.create_account(**wishes)


class ActOnAccount(Act):
    form_class: type[Any] | None = forms.Confirm

    def target(self) -> pmi.Target:
        account_id = self.kwargs["account_id"]
        return pmi.Target(organisation=queries.place_of(account_id), subjects=(f"account:{account_id}",))

    def back(self) -> str:
        return reverse("identity:account", args=[self.kwargs["account_id"]])

    def about(self) -> str:
        return queries.account(self.kwargs["account_id"]).name


class Deactivate(ActOnAccount):
    action, heading, submit, tone = "identity.account.deactivate", _("Close this account?"), _("Close"), "danger"
    done = _("The account is closed and its appointments have ended.")

    def perform(self, **wishes: Any) -> Any:
        return actions.deactivate_account(account_id=self.kwargs["account_id"], at=timezone.now(), **wishes)


class Activate(ActOnAccount):
    action, heading, submit = "identity.account.activate", _("Open this account again?"), _("Open again")

    def perform(self, **wishes: Any) -> Any:
        return actions.activate_account(account_id=self.kwargs["account_id"], **wishes)


class SetPassword(ActOnAccount):
    action, form_class, heading = "identity.account.set-password", forms.NewPassword, _("New password")

    def perform(self, **wishes: Any) -> Any:
        return actions.set_password(account_id=self.kwargs["account_id"], **wishes)

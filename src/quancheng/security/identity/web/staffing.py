"""Pages for joining, changing posts and leaving, and the page where an invitation is taken up."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import actions, queries, rules
from quancheng.security.identity.web.forms import Confirm, Day
from quancheng.security.identity.web.views import Act, ActOnAccount, PreviewedAct
from quancheng.security.pmi import public as pmi

Posts = list[tuple[str, list[tuple[str, str]]]]


class ChoosesPost(forms.Form):
    post_id = forms.TypedChoiceField(label=_("Post"), coerce=uuid.UUID)

    def __init__(self, *args: Any, posts: Posts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Nothing is chosen beforehand: the first post of a list is nobody's wish.
        self.fields["post_id"].choices = [("", "—"), *posts]  # type: ignore[attr-defined]


class Join(ChoosesPost):
    name = forms.CharField(label=_("Name"), max_length=60)
    username = forms.CharField(label=_("User name"), max_length=60)
    identity_number = forms.CharField(
        label=_("Identity number"), max_length=24, help_text=_("18 characters; the last one may be X.")
    )
    mobile = forms.CharField(label=_("Mobile number"), max_length=11, required=False)
    email = forms.EmailField(
        label=_("E-mail address"), required=False, help_text=_("Without one, a code is shown to hand over in person.")
    )
    valid_from = forms.DateField(label=_("From"), widget=Day())

    field_order = ["name", "identity_number", "username", "mobile", "email", "post_id", "valid_from"]

    def clean_identity_number(self) -> str:
        number = rules.normal_identity_number(self.cleaned_data["identity_number"])
        if not rules.is_identity_number(number, today=timezone.localdate()):
            raise forms.ValidationError(str(actions.BadIdentityNumber()))
        return number

    def clean_username(self) -> str:
        username = self.cleaned_data["username"].strip().lower()
        if queries.is_taken(username):
            raise forms.ValidationError(str(actions.UserNameTaken(username=username)))
        return username


class Move(ChoosesPost):
    ends = forms.TypedMultipleChoiceField(
        label=_("Appointments that end"), coerce=uuid.UUID, required=False, widget=forms.CheckboxSelectMultiple
    )
    from_day = forms.DateField(
        label=_("First day in the new post"), widget=Day(), help_text=_("The others end on the day before.")
    )

    field_order = ["ends", "post_id", "from_day"]

    def __init__(self, *args: Any, held: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if held:
            self.fields["ends"].choices = held  # type: ignore[attr-defined]
        else:
            del self.fields["ends"]

    def clean(self) -> dict[str, Any]:
        return {"ends": [], **(super().clean() or {})}


class Leave(forms.Form):
    last_day = forms.DateField(label=_("Last day of service"), widget=Day())
    at_once = forms.BooleanField(
        label=_("Close the account at once"), required=False, help_text=_("Otherwise it closes when that day is over.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


class Take(forms.Form):
    """The first password, and with a code also whose it is."""

    username = forms.CharField(label=_("User name"), max_length=60)
    code = forms.CharField(label=_("Code"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters, not digits alone."),
    )
    again = forms.CharField(
        label=_("Password again"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, by_link: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if by_link:
            del self.fields["username"], self.fields["code"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("password") != cleaned.get("again"):
            self.add_error("again", gettext("The two passwords differ."))
        return cleaned


class Invites:
    """What pages do with the secret of an invitation: send the link, or show the code this once."""

    request: Any

    def hand_over(self, secret: actions.Secret) -> HttpResponse:
        account = reverse("identity:account", args=[secret.account_id])
        contact = queries.contact(secret.account_id)
        if not secret.by_mail:
            context = {
                "name": contact.name,
                "code": "-".join(secret.text[place : place + 4] for place in range(0, len(secret.text), 4)),
                "until": secret.expires_at,
                "page": self.request.build_absolute_uri(reverse("identity:invitation")),
                "account": account,
            }
            response = render(self.request, "identity/invitation_code.html", context)
            response["Cache-Control"] = "no-store"
            return response
        link = self.request.build_absolute_uri(reverse("identity:invitation-link", args=[secret.text]))
        letter = {"name": contact.name, "link": link, "until": secret.expires_at}
        try:
            send_mail(
                gettext("Your account in the workbench of the city"),
                render_to_string("identity/invitation.txt", letter),
                None,
                [contact.email],
            )
        except OSError:
            messages.error(self.request, gettext("The invitation could not be sent. Invite again later."))
        else:
            messages.success(self.request, gettext("The invitation has been sent to %(to)s.") % {"to": contact.email})
        return redirect(account)


class JoinStaff(Invites, PreviewedAct):
    action, form_class, heading = "identity.staff.join", Join, _("Take somebody on")

    def back(self) -> str:
        return reverse("identity:accounts")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "posts": queries.posts_within(self.request.actor, self.action)}

    def preview(self, **wishes: Any) -> Iterable[queries.Consequence]:
        wishes.pop("mobile")
        return queries.if_joined(**wishes)

    def perform(self, **wishes: Any) -> Any:
        return actions.join(at=timezone.now(), **wishes)

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        return self.hand_over(self.result) if hasattr(self, "result") else answer


class Invite(Invites, ActOnAccount):
    action, heading, submit = "identity.staff.invite", _("Invite again?"), _("Invite")
    done = _("The earlier invitation is worthless now.")

    def perform(self, **wishes: Any) -> Any:
        return actions.invite(account_id=self.kwargs["account_id"], at=timezone.now(), **wishes)

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        return self.hand_over(self.result) if hasattr(self, "result") else answer


class MoveStaff(PreviewedAct, ActOnAccount):
    action, form_class, heading = "identity.staff.move", Move, _("Move to another post")
    done = _("Moved. Appointments end and begin on their days by themselves.")

    def target(self) -> pmi.Target:
        # The chosen posts decide where; to open the page the privilege anywhere is enough.
        return pmi.Target(subjects=(f"account:{self.kwargs['account_id']}",))

    def get_initial(self) -> dict[str, Any]:
        held = queries.appointments_to_end(self.kwargs["account_id"])
        return {"from_day": timezone.localdate(), "ends": [key for key, _words in held]}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {
            **super().get_form_kwargs(),
            "posts": queries.posts_within(self.request.actor, self.action),
            "held": queries.appointments_to_end(self.kwargs["account_id"]),
        }

    def preview(self, **wishes: Any) -> Iterable[queries.Consequence]:
        return queries.if_moved(account_id=self.kwargs["account_id"], **wishes)

    def perform(self, **wishes: Any) -> Any:
        return actions.move(account_id=self.kwargs["account_id"], **wishes)


class LeaveStaff(PreviewedAct, ActOnAccount):
    action, form_class, heading = "identity.staff.leave", Leave, _("Leaves the service")
    done = _("Decided. Everything that is left ends when the last day is over.")

    def get_initial(self) -> dict[str, Any]:
        return {"last_day": timezone.localdate()}

    def preview(self, **wishes: Any) -> Iterable[queries.Consequence]:
        return queries.if_left(account_id=self.kwargs["account_id"], last_day=wishes["last_day"])

    def perform(self, **wishes: Any) -> Any:
        return actions.leave(account_id=self.kwargs["account_id"], at=timezone.now(), **wishes)


class WithdrawDeparture(Act):
    action, form_class, heading = "identity.staff.stay", Confirm, _("Take this departure back?")
    submit, done = _("Take back"), _("Taken back. Appointments run as before.")

    @cached_property
    def departure(self) -> queries.DepartureView:
        return queries.departure(self.kwargs["departure_id"])

    def target(self) -> pmi.Target:
        key = self.departure.account_id
        return pmi.Target(organisation=queries.place_of(key), subjects=(f"account:{key}",))

    def back(self) -> str:
        return reverse("identity:account", args=[self.departure.account_id])

    def about(self) -> str:
        return self.departure.name

    def perform(self, **wishes: Any) -> Any:
        return actions.withdraw_departure(departure_id=self.departure.id, at=timezone.now(), **wishes)


class Invitation(pmi.GuardedView, FormView):
    """Choosing the first password, by the link of a letter or with a code."""

    action = pmi.PUBLIC
    form_class = Take
    template_name = "identity/invitation.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "by_link": "secret" in self.kwargs}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        secret = self.kwargs.get("secret")
        is_open = secret is None or actions.invitation_is_open(secret, at=timezone.now())
        return super().get_context_data(is_open=is_open, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        wish = form.cleaned_data
        try:
            actions.accept_invitation(
                secret=self.kwargs.get("secret") or wish["code"],
                username=wish.get("username", ""),
                password=wish["password"],
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("password" if isinstance(refusal, actions.WeakPassword) else None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, gettext("Your password is set. Sign in with it."))
        return redirect("account_login")

"""Forms: signing in and up, and the administration of organisations, posts and accounts."""

import uuid
from typing import Any, ClassVar

from allauth.account.forms import LoginForm, SignupForm
from allauth.account.models import EmailAddress
from allauth.account.utils import setup_user_email
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity import actions, queries, rules
from quancheng.security.identity.models import Account, Organisation
from quancheng.security.identity.web import claims
from quancheng.security.pmi import public as pmi


class SignIn(LoginForm):
    """Signing in with a user name; a citizen's is the mobile number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or mobile number")
        self.fields["login"].widget.attrs.pop("placeholder", None)
        self.fields["login"].widget.attrs["autofocus"] = True
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""


class SignUp(SignupForm):
    """A citizen's registration. The mobile number becomes the user name."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("As on your identity card."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    identity_number = forms.CharField(
        label=_("Identity number"),
        max_length=24,
        help_text=_("18 characters; the last one may be X."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "spellcheck": "false"}),
    )
    mobile = forms.CharField(
        label=_("Mobile number"),
        max_length=11,
        help_text=_("You sign in with it."),
        widget=forms.TextInput(attrs={"autocomplete": "tel-national", "inputmode": "numeric"}),
    )
    field_order: ClassVar[list[str]] = ["name", "identity_number", "mobile", "email", "password1", "password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["username"]
        self.fields["email"].label = _("E-mail address")
        self.fields["email"].help_text = _("For letters, and for a new password when you forget yours.")
        self.fields["password1"].help_text = _("At least 10 characters, not digits alone.")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def clean_identity_number(self) -> str:
        number = rules.normal_identity_number(self.cleaned_data["identity_number"])
        if not rules.is_identity_number(number, today=timezone.localdate()):
            raise forms.ValidationError(str(actions.BadIdentityNumber()))
        if queries.has_citizen_account(number):
            raise forms.ValidationError(str(actions.PersonHasAccount()))
        return number

    def clean_mobile(self) -> str:
        mobile = self.cleaned_data["mobile"].strip()
        if not rules.is_mobile(mobile):
            raise forms.ValidationError(str(actions.BadMobile()))
        if queries.is_taken(mobile):
            raise forms.ValidationError(gettext("There is already an account for this mobile number."))
        return mobile

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        password = self.cleaned_data.get("password1")
        if password and not self.errors:
            likeness = Account(username=cleaned["mobile"], name=cleaned["name"], mobile=cleaned["mobile"])
            try:
                validate_password(password, likeness)
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def save(self, request: HttpRequest) -> Account:
        """Register the citizen; what the form could not foresee leaves as a refusal."""
        email = self.cleaned_data.get("email") or ""
        account_id = actions.register(
            actor=pmi.ANONYMOUS,
            name=self.cleaned_data["name"],
            identity_number=self.cleaned_data["identity_number"],
            mobile=self.cleaned_data["mobile"],
            password=self.cleaned_data["password1"],
            email=email,
        )
        account = Account.objects.get(pk=account_id)
        setup_user_email(request, account, [EmailAddress(email=email)] if email else [])
        return account


class Day(forms.DateInput):
    """The browser's own date field, which wants ISO 8601 in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Tree(forms.Form):
    """What of the tree to show."""

    q = forms.CharField(label=_("Name or code"), required=False, max_length=60, widget=forms.TextInput)
    at = forms.DateField(label=_("As it was on"), required=False, widget=Day())


class NewOrganisation(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=40, help_text=_("Small letters, digits and hyphens."))
    name = forms.CharField(label=_("Name of the organisation"), max_length=120)
    short_name = forms.CharField(label=_("Short name"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    valid_from = forms.DateField(label=_("Since"), widget=Day())


class Roles(forms.Form):
    roles = forms.MultipleChoiceField(label=_("Roles"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [(role.code, role.title) for role in pmi.roles()]  # type: ignore[attr-defined]


class NewPost(Roles):
    title = forms.CharField(label=_("Title"), max_length=60)

    field_order = ["title", "roles"]


class NewAccount(forms.Form):
    username = forms.CharField(label=_("User name"), max_length=60)
    name = forms.CharField(label=_("Name"), max_length=60)
    mobile = forms.CharField(label=_("Mobile number"), max_length=11, required=False)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    identity_number = forms.CharField(label=_("Identity number"), max_length=24, required=False)
    password = forms.CharField(
        label=_("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters, not digits alone. Ask the person to change it soon."),
    )


class NewPassword(forms.Form):
    password = forms.CharField(
        label=_("New password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters, not digits alone."),
    )


class NewAppointment(forms.Form):
    """Choosing among the posts at which the administrator may appoint."""

    post_id = forms.TypedChoiceField(label=_("Post"), coerce=uuid.UUID)
    valid_from = forms.DateField(label=_("From"), widget=Day())
    valid_until = forms.DateField(label=_("Until"), required=False, widget=Day())

    def __init__(self, *args: Any, posts: list[tuple[str, list[tuple[str, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post_id"].choices = posts  # type: ignore[attr-defined]


class EndAppointment(forms.Form):
    valid_until = forms.DateField(label=_("Last day"), widget=Day())


class ChooseSeat(forms.Form):
    """One of the seats, or all of them at once."""

    seat = forms.CharField(required=False, widget=forms.HiddenInput)


class NewDelegation(forms.Form):
    """Choosing one of the giver's own posts and a colleague."""

    post_id = forms.TypedChoiceField(label=_("Post"), coerce=uuid.UUID)
    deputy_id = forms.TypedChoiceField(
        label=_("Deputy"), coerce=uuid.UUID, help_text=_("Somebody who serves in the same department.")
    )
    valid_from = forms.DateField(label=_("First day"), widget=Day())
    valid_until = forms.DateField(label=pgettext_lazy("of a delegation", "Last day"), widget=Day())
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("For example a business trip, leave or training.")
    )

    def __init__(
        self, *args: Any, posts: list[tuple[str, str]], colleagues: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post_id"].choices = posts  # type: ignore[attr-defined]
        self.fields["deputy_id"].choices = colleagues  # type: ignore[attr-defined]


class Client(forms.Form):
    """A department's system and what it may do."""

    name = forms.CharField(label=_("Name of the system"), max_length=100)
    signs_people_in = forms.BooleanField(label=_("People sign in through it"), required=False)
    redirect_uris = forms.CharField(
        label=_("Return addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("One a line, each with https."),
    )
    audience = forms.MultipleChoiceField(
        label=_("Who may sign in there"), choices=Account.Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may learn and do"), required=False, widget=forms.CheckboxSelectMultiple
    )
    logout_uri = forms.CharField(
        label=_("Address for signing out"),
        required=False,
        max_length=500,
        help_text=_("Where the system wants to hear that somebody has signed out here (back-channel logout)."),
    )
    skip_consent = forms.BooleanField(
        label=_("Without asking the person"), required=False, help_text=_("Only for the city's own systems.")
    )
    speaks_for_itself = forms.BooleanField(
        label=_("It speaks for itself"),
        required=False,
        help_text=_("It gets tokens without a person, to call services."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = claims.OidcAdapter.scope_display
        learn = [(name, told[name]) for name in rules.SCOPES[1:]]
        self.fields["scopes"].choices = [*learn, *queries.offered_scopes().items()]  # type: ignore[attr-defined]

    def clean_redirect_uris(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["redirect_uris"].splitlines() if line.strip()]


class NewClient(Client):
    organisation = forms.ChoiceField(label=_("Organisation"))

    field_order = ["organisation", "name"]

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = organisations  # type: ignore[attr-defined]


class Confirm(forms.Form):
    """A button; nothing to fill in."""

"""What officers fill in."""

import base64
import binascii
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quancheng.security.crypto import rules
from quancheng.security.crypto.models import SealUse


class Quota(forms.Form):
    """How many calls a day; empty stands for the site's quota."""

    calls_a_day = forms.IntegerField(
        label=_("Calls a day"),
        required=False,
        min_value=0,
        max_value=rules.MOST_CALLS,
        help_text=_("Empty gives the caller the site's quota again; 0 closes the services to it."),
    )


class Uses(forms.Form):
    """Which uses are shown."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *SealUse.State.choices])


class Apply(forms.Form):
    """An application for a seal."""

    organisation = forms.ChoiceField(label=_("Seal of"))
    document = forms.FileField(
        label=_("Document to be sealed"),
        help_text=_("A PDF. The seal stands lower right on the last page."),
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
    )
    title = forms.CharField(
        label=_("Title of the document"), max_length=200, required=False, help_text=_("By default the file's name.")
    )
    reason = forms.CharField(label=_("What the seal is for"), max_length=200)

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = places  # type: ignore[attr-defined]


class RefuseSeal(forms.Form):
    """Why a seal is refused."""

    reason = forms.CharField(label=_("Reason of the refusal"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class SealPolicy(forms.Form):
    """The rule for a seal."""

    two_officers = forms.BooleanField(
        label=_("Two officers"),
        required=False,
        help_text=_("One applies, another confirms. Systems cannot sign with this seal by themselves any more."),
    )


class PersonSignature(forms.Form):
    """What the page's script fills in; neither document nor key nor passphrase has a field here."""

    title = forms.CharField(max_length=200, widget=forms.HiddenInput)
    digest = forms.RegexField(r"^[0-9a-f]{64}$", max_length=64, widget=forms.HiddenInput)
    signature = forms.CharField(max_length=40_000, widget=forms.HiddenInput)

    def clean_digest(self) -> bytes:
        return bytes.fromhex(self.cleaned_data["digest"])

    def clean_signature(self) -> bytes:
        try:
            return base64.b64decode(self.cleaned_data["signature"], validate=True)
        except binascii.Error:
            raise forms.ValidationError(_("The signature cannot be read.")) from None

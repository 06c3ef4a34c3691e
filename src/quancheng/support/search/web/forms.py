"""What is typed into the list of synonyms."""

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _


class Synonyms(forms.Form):
    """A new version of the list; `based_on` says which one the writer had before their eyes."""

    text = forms.CharField(
        label=_("List of synonyms"),
        max_length=60_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false"}),
        validators=[ProhibitNullCharactersValidator()],
        help_text=_("One line each: what people say, commas between, => and what offices say. # begins a remark."),
    )
    note = forms.CharField(label=_("Why it is changed"), max_length=200)
    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

"""What the search accepts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Resource


class Search(forms.Form):
    q = forms.CharField(required=False, max_length=100, strip=True, label=_("What are you looking for"))
    share = forms.ChoiceField(required=False, choices=[("", _("any")), *Resource.Share.choices], label=_("Share class"))
    provider = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

"""What the operator's pages accept."""

from django import forms
from django.utils.translation import gettext_lazy as _


class Search(forms.Form):
    """A list of messages narrowed by topic, or by message number or key."""

    topic = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    q = forms.CharField(required=False, max_length=200, strip=True, label=_("Message number or key"))
    page = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class Discard(forms.Form):
    reason = forms.CharField(min_length=2, max_length=300, strip=True, label=_("Reason"))

"""What the operator's pages accept."""

from django import forms
from django.utils.translation import gettext_lazy as _


class Discard(forms.Form):
    reason = forms.CharField(min_length=2, max_length=300, strip=True, label=_("Reason"))

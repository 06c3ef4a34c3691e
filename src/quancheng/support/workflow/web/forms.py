"""What people fill in on the pages about cases."""

from django import forms
from django.utils.translation import gettext_lazy as _


class CancelForm(forms.Form):
    """Why a case is called off."""

    reason = forms.CharField(
        label=_("Reason"), help_text=_("It is shown in the timeline and kept in the trail."), max_length=500
    )

"""What officers fill in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from quancheng.security.crypto import rules


class Quota(forms.Form):
    """How many calls a day; empty stands for the site's quota."""

    calls_a_day = forms.IntegerField(
        label=_("Calls a day"),
        required=False,
        min_value=0,
        max_value=rules.MOST_CALLS,
        help_text=_("Empty gives the caller the site's quota again; 0 closes the services to it."),
    )

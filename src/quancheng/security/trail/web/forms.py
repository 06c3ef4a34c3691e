"""What the explorer can be asked."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Filter(forms.Form):
    """Narrows the entries; every field may stay empty."""

    subject = forms.CharField(label=_("About"), required=False, max_length=200)
    action = forms.CharField(label=_("Action"), required=False, max_length=120)
    actor = forms.CharField(label=_("By whom"), required=False, max_length=200)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[
            ("", _("All")),
            ("done", pgettext_lazy("trail", "Done")),
            ("refused", pgettext_lazy("trail", "Refused")),
        ],
    )
